// Puts together what every page needs, and finds the page of an address.
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { createApi, readLocations, type Access } from "./api/client";
import { newQueryClient } from "./api/queries";
import { EVERYWHERE, roleIn } from "./auth/identity";
import type { Session } from "./auth/oidc";
import { Boundary } from "./components/Boundary";
import { Button } from "./components/Button";
import { Shell } from "./components/Shell";
import { Empty, Failed, Loading } from "./components/States";
import { ToastProvider } from "./components/toasts";
import { decoded } from "./core/addresses";
import { knownZone } from "./core/times";
import { CurrentLocationContext, type CurrentLocation, type NamedLocation } from "./currentLocation";
import { pageKey } from "./pages/records/pageKeys";
import type { Settings } from "./settings";
import { leaveToSignIn } from "./unsaved";
import { MapPinOff } from "lucide-react";

const AddFirstLocation = lazy(() => import("./pages/locations/AddFirstLocation"));
const AddLocationPage = lazy(() => import("./pages/locations/AddLocationPage"));
const AuditPage = lazy(() => import("./pages/audit/AuditPage"));
const BookingsPage = lazy(() => import("./pages/bookings/BookingsPage"));
const ImportPage = lazy(() => import("./pages/imports/ImportPage"));
const HomePage = lazy(() => import("./pages/home/HomePage"));
const SettingsPage = lazy(() => import("./pages/settings/SettingsPage"));
const SurveyPage = lazy(() => import("./pages/surveys/SurveyPage"));
const SurveysPage = lazy(() => import("./pages/surveys/SurveysPage"));
const TasksPage = lazy(() => import("./pages/tasks/TasksPage"));
const TemplatePage = lazy(() => import("./pages/templates/TemplatePage"));
const TemplatesPage = lazy(() => import("./pages/templates/TemplatesPage"));
const TimelinePage = lazy(() => import("./pages/bookings/TimelinePage"));
const WorkflowPage = lazy(() => import("./pages/workflow/WorkflowPage"));
const WorkflowsPage = lazy(async () => ({ default: (await import("./pages/workflows/WorkflowsPage")).WorkflowsPage }));

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
  const known = useLocations(settings.api, session, access);
  const { locations, mayAdd, reload } = known;
  const apiOf = (locationId: string) => createApi(settings.api, locationId, access);
  const first = locations[0]?.id;
  if (!first) {
    if (known.isPending) return <Loading what="your locations" />;
    if (known.error) return <Failed error={known.error} onRetry={() => void reload()} />;
    if (!mayAdd) return <NoLocation onSignOut={() => session.signOut()} />;
    return (
      <ToastProvider>
        <Suspense fallback={<Loading what="the page" />}>
          <AddFirstLocation apiOf={apiOf} onAdded={reload} />
        </Suspense>
      </ToastProvider>
    );
  }
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
              const isKnown = locations.some(({ id }) => id === locationId);
              if (role && !isKnown && known.isPending) return <Loading what="your locations" />;
              // What could not be read may be there: the API decides.
              if (locationId === null || !role || (known.isRead && !isKnown)) return <NoSuchPlace href={`#/${encodeURIComponent(first)}/home`} />;
              return (
                <LocationProvider
                  key={locationId}
                  baseUrl={settings.api}
                  access={access}
                  session={session}
                  locationId={locationId}
                  role={role}
                  locations={locations}
                  mayAddLocations={mayAdd}
                  apiOf={apiOf}
                  onLocationAdded={reload}
                >
                  <Shell>
                    <Pages />
                  </Shell>
                </LocationProvider>
              );
            }}
          </Route>
          <Route>
            <Redirect to={`/${encodeURIComponent(first)}/home`} />
          </Route>
        </Switch>
      </Router>
    </ToastProvider>
  );
}

/** Returns the locations to choose from: those that the token names, at once, and then all with their names. */
function useLocations(baseUrl: string, session: Session, access: Access) {
  const queries = useMemo(() => newQueryClient(), []);
  const { roles } = session.identity;
  const found = useQuery({ queryKey: ["locations"], queryFn: () => readLocations(baseUrl, access), staleTime: 60_000 }, queries);
  const locations = useMemo(() => {
    const named = new Map<string, NamedLocation>();
    for (const id of Object.keys(roles)) if (id !== EVERYWHERE) named.set(id, { id, name: id });
    for (const { id, name } of found.data?.locations ?? []) named.set(id, { id, name: name || id });
    return [...named.values()].sort((one, other) => one.id.localeCompare(other.id));
  }, [roles, found.data]);
  return {
    locations,
    mayAdd: found.data?.may_add ?? false,
    isPending: found.isPending,
    isRead: found.data !== undefined,
    error: found.error,
    reload: async () => void (await found.refetch()),
  };
}

type Given = "locationId" | "role" | "locations" | "mayAddLocations" | "apiOf" | "onLocationAdded";

interface LocationProviderProps extends Pick<CurrentLocation, Given> {
  baseUrl: string;
  access: Access;
  session: Session;
  children: ReactNode;
}

/** Gives the pages their location, with an API and a cache of its own; reads its zone once for all of them. */
function LocationProvider({ baseUrl, access, session, children, ...given }: LocationProviderProps) {
  const { locationId, role, locations, mayAddLocations } = given;
  const api = useMemo(() => createApi(baseUrl, locationId, access), [baseUrl, locationId, access]);
  const queries = useMemo(() => newQueryClient(), []);
  const settings = api.useQuery("get", "/settings", undefined, undefined, queries);
  const stated = settings.data?.location?.timezone;
  // The API too takes UTC where nobody has named a zone.
  const zone = settings.isPending ? null : knownZone(stated ?? "UTC");
  const current = useMemo(
    () => ({ ...given, api, identity: session.identity, zone, signOut: () => session.signOut() }),
    // Its functions do the same whenever they are made.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [api, session, locationId, role, locations, mayAddLocations, zone],
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
          <Route path="/:location/home" component={HomePage} />
          <Route path="/:location/locations/new" component={AddLocationPage} />
          <Route path="/:location/workflows" component={WorkflowsPage} />
          <Route<WorkflowAddress> path="/:location/workflows/:id/:tab?/:part?">
            {({ id, tab, part }) =>
              named(id, (id) => <WorkflowPage key={id} id={id} tab={tab ?? "editor"} part={part ? decoded(part) : null} />)
            }
          </Route>
          <Route path="/:location/templates" component={TemplatesPage} />
          <Route path="/:location/templates/from/:key">
            {({ key }) => <TemplatePage key={pageKey(null, `from/${key}`)} id={null} from={key} />}
          </Route>
          <Route<RecordAddress> path="/:location/templates/:id/:tab?">
            {({ id, tab }) => named(id, (id) => <TemplatePage key={pageKey(id)} id={id} tab={tab ?? "editor"} />)}
          </Route>
          <Route path="/:location/surveys" component={SurveysPage} />
          <Route path="/:location/surveys/from/blank">{() => <SurveyPage key={pageKey(null)} id={null} />}</Route>
          <Route<RecordAddress> path="/:location/surveys/:id/:tab?">
            {({ id, tab }) => named(id, (id) => <SurveyPage key={pageKey(id)} id={id} tab={tab ?? "results"} />)}
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
          <Route path="/:location">{({ location }) => <Redirect to={`/${location}/home`} />}</Route>
          <Route path="/:location/*?">{({ location }) => <NoSuchPage href={`#/${location}/home`} />}</Route>
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
    <Empty icon={<MapPinOff size={24} />} title="Not found" actions={<a href={href}>Go to Home</a>}>
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
