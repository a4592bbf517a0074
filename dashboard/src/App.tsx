// Puts together what every page needs, and finds the page of an address.
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { createApi, type Access } from "./api/client";
import { newQueryClient } from "./api/queries";
import { roleIn } from "./auth/identity";
import type { Session } from "./auth/oidc";
import { Boundary } from "./components/Boundary";
import { Button } from "./components/Button";
import { Shell } from "./components/Shell";
import { Empty, Loading } from "./components/States";
import { ToastProvider } from "./components/toasts";
import { decoded } from "./core/addresses";
import { knownZone } from "./core/times";
import { WorkflowsPage } from "./pages/workflows/WorkflowsPage";
import { CurrentLocationContext, type CurrentLocation } from "./currentLocation";
import type { Settings } from "./settings";
import { leaveToSignIn } from "./unsaved";
import { MapPinOff } from "lucide-react";

const AuditPage = lazy(() => import("./pages/audit/AuditPage"));
const BookingsPage = lazy(() => import("./pages/bookings/BookingsPage"));
const ImportPage = lazy(() => import("./pages/imports/ImportPage"));
const SettingsPage = lazy(() => import("./pages/settings/SettingsPage"));
const SurveyPage = lazy(() => import("./pages/surveys/SurveyPage"));
const SurveysPage = lazy(() => import("./pages/surveys/SurveysPage"));
const TasksPage = lazy(() => import("./pages/tasks/TasksPage"));
const TemplatePage = lazy(() => import("./pages/templates/TemplatePage"));
const TemplatesPage = lazy(() => import("./pages/templates/TemplatesPage"));
const TimelinePage = lazy(() => import("./pages/bookings/TimelinePage"));
const WorkflowPage = lazy(() => import("./pages/workflow/WorkflowPage"));

type WorkflowAddress = {
  id: string;
  tab?: string;
  part?: string;
};

type RecordAddress = {
  id: string;
  tab?: string;
};

interface AppProps {
  session: Session;
  settings: Settings;
  onSignIn: () => Promise<void>;
}

export function App({ session, settings, onSignIn }: AppProps) {
  const [isRejected, setRejected] = useState(false);
  const access = useMemo(
    () => ({ token: () => session.token(), onRejected: () => setRejected(true) }),
    [session],
  );
  const locations = Object.keys(session.identity.roles).sort();
  const first = locations[0];
  if (!first) return <NoLocation onSignOut={() => session.signOut()} />;
  return (
    <ToastProvider>
      {isRejected && (
        <div className="banner" role="alert">
          Your session has ended.
          <Button
            size="small"
            onPress={() => {
              leaveToSignIn();
              void onSignIn();
            }}
          >
            Sign in again
          </Button>
        </div>
      )}
      <Router hook={useHashLocation}>
        <Switch>
          <Route path="/:location/*?">
            {({ location }) => {
              const locationId = decoded(location);
              const role = locationId === null ? undefined : roleIn(session.identity, locationId);
              if (locationId === null || !role) return <NoSuchPlace href={`#/${encodeURIComponent(first)}/workflows`} />;
              return (
                <LocationProvider
                  key={locationId}
                  baseUrl={settings.api}
                  access={access}
                  session={session}
                  locationId={locationId}
                  role={role}
                >
                  <Shell locations={locations}>
                    <Pages />
                  </Shell>
                </LocationProvider>
              );
            }}
          </Route>
          <Route>
            <Redirect to={`/${encodeURIComponent(first)}/workflows`} />
          </Route>
        </Switch>
      </Router>
    </ToastProvider>
  );
}

interface LocationProviderProps extends Pick<CurrentLocation, "locationId" | "role"> {
  baseUrl: string;
  access: Access;
  session: Session;
  children: ReactNode;
}

/** Gives the pages their location, with an API and a cache of its own; reads its zone once for all of them. */
function LocationProvider({ baseUrl, access, session, locationId, role, children }: LocationProviderProps) {
  const api = useMemo(() => createApi(baseUrl, locationId, access), [baseUrl, locationId, access]);
  const queries = useMemo(() => newQueryClient(), []);
  const settings = api.useQuery("get", "/settings", undefined, undefined, queries);
  const stated = settings.data?.location?.timezone;
  // The API too takes UTC where nobody has named a zone.
  const zone = settings.isPending ? null : knownZone(stated ?? "UTC");
  const current = useMemo(
    () => ({ api, identity: session.identity, locationId, role, zone, signOut: () => session.signOut() }),
    [api, session, locationId, role, zone],
  );
  return (
    <QueryClientProvider client={queries}>
      {settings.isError && !settings.data && (
        <div className="banner" role="status">
          The location’s time zone could not be loaded. Times are shown in UTC.
          <Button size="small" onPress={() => void settings.refetch()}>
            Try again
          </Button>
        </div>
      )}
      <CurrentLocationContext value={current}>{children}</CurrentLocationContext>
    </QueryClientProvider>
  );
}

function Pages() {
  const [address] = useLocation();
  return (
    <Boundary address={address}>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          <Route path="/:location/workflows" component={WorkflowsPage} />
          <Route<WorkflowAddress> path="/:location/workflows/:id/:tab?/:part?">
            {({ id, tab, part }) =>
              named(id, (id) => <WorkflowPage key={id} id={id} tab={tab ?? "editor"} part={part ? decoded(part) : null} />)
            }
          </Route>
          <Route path="/:location/templates" component={TemplatesPage} />
          <Route path="/:location/templates/from/:key">
            {({ key }) => <TemplatePage key={`from ${key}`} id={null} from={key} />}
          </Route>
          <Route<RecordAddress> path="/:location/templates/:id/:tab?">
            {({ id, tab }) => named(id, (id) => <TemplatePage key={id} id={id} tab={tab ?? "editor"} />)}
          </Route>
          <Route path="/:location/surveys" component={SurveysPage} />
          <Route path="/:location/surveys/from/blank">{() => <SurveyPage id={null} />}</Route>
          <Route<RecordAddress> path="/:location/surveys/:id/:tab?">
            {({ id, tab }) => named(id, (id) => <SurveyPage key={id} id={id} tab={tab ?? "results"} />)}
          </Route>
          <Route path="/:location/bookings" component={BookingsPage} />
          <Route path="/:location/bookings/:booking">
            {({ booking }) => named(booking, (id) => <TimelinePage bookingId={id} />)}
          </Route>
          <Route path="/:location/import/:id?">
            {({ id }) => (id === undefined ? <ImportPage id={null} /> : named(id, (id) => <ImportPage key={id} id={id} />))}
          </Route>
          <Route path="/:location/tasks" component={TasksPage} />
          <Route path="/:location/settings/:part?">
            {({ part }) => <SettingsPage part={part ?? "general"} />}
          </Route>
          <Route path="/:location/audit" component={AuditPage} />
          <Route path="/:location">{({ location }) => <Redirect to={`/${location}/workflows`} />}</Route>
          <Route path="/:location/*?">{({ location }) => <NoSuchPage href={`#/${location}/workflows`} />}</Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
}

/** Returns the page of what a part of the address names. */
function named(part: string, page: (id: string) => ReactNode): ReactNode {
  const id = decoded(part);
  return id === null ? <NoSuchPage href="#/" /> : page(id);
}

/** In the place of a location that the address misspells, or where one has no role. */
function NoSuchPlace({ href }: { href: string }) {
  return (
    <main className="welcome">
      <NoSuchPage href={href} />
    </main>
  );
}

function NoSuchPage({ href }: { href: string }) {
  return (
    <Empty icon={<MapPinOff size={24} />} title="Not found" actions={<a href={href}>Go to the workflows</a>}>
      The address is wrong, or you have no role in its location. Check the address.
    </Empty>
  );
}

function NoLocation({ onSignOut }: { onSignOut: () => void }) {
  return (
    <main className="welcome">
      <Empty
        icon={<MapPinOff size={24} />}
        title="You have no location yet"
        actions={<Button onPress={onSignOut}>Sign out</Button>}
      >
        Ask an admin of your location to give you a role, then sign in again.
      </Empty>
    </main>
  );
}
