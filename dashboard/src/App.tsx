// Puts together what every page needs, and finds the page of an address.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { createApi } from "./api/client";
import { ApiError } from "./api/problem";
import type { Session } from "./auth/oidc";
import { Button } from "./components/Button";
import { Shell } from "./components/Shell";
import { Empty, Loading } from "./components/States";
import { ToastProvider } from "./components/toasts";
import { WorkflowsPage } from "./pages/workflows/WorkflowsPage";
import { PlaceContext } from "./place";
import type { Settings } from "./settings";
import { MapPinOff } from "lucide-react";

const AuditPage = lazy(() => import("./pages/audit/AuditPage"));
const BookingsPage = lazy(() => import("./pages/bookings/BookingsPage"));
const TasksPage = lazy(() => import("./pages/tasks/TasksPage"));
const TimelinePage = lazy(() => import("./pages/bookings/TimelinePage"));
const WorkflowPage = lazy(() => import("./pages/workflow/WorkflowPage"));

type WorkflowAddress = {
  id: string;
  tab?: string;
  part?: string;
};

interface AppProps {
  session: Session;
  settings: Settings;
  onSignIn: () => Promise<void>;
}

export function App({ session, settings, onSignIn }: AppProps) {
  const [isRefused, setRefused] = useState(false);
  const queries = useMemo(() => newQueryClient(), []);
  const api = useMemo(
    () =>
      createApi(settings.api, { token: () => session.token(), onRefused: () => setRefused(true) }),
    [session, settings],
  );
  const locations = Object.keys(session.identity.roles).sort();
  const first = locations[0];
  if (!first) return <NoLocation onSignOut={() => session.signOut()} />;
  return (
    <QueryClientProvider client={queries}>
      <ToastProvider>
        {isRefused && (
          <div className="banner" role="alert">
            Your session has ended.
            <Button size="small" onPress={() => void onSignIn()}>
              Sign in again
            </Button>
          </div>
        )}
        <Router hook={useHashLocation}>
          <Switch>
            <Route path="/:location/*?">
              {({ location }) => {
                const locationId = decodeURIComponent(location);
                const role = session.identity.roles[locationId];
                if (!role) return <Redirect to={`/${encodeURIComponent(first)}/workflows`} />;
                const place = {
                  api,
                  identity: session.identity,
                  locationId,
                  role,
                  signOut: () => session.signOut(),
                };
                return (
                  <PlaceContext value={place} key={locationId}>
                    <Shell locations={locations}>
                      <Pages />
                    </Shell>
                  </PlaceContext>
                );
              }}
            </Route>
            <Route>
              <Redirect to={`/${encodeURIComponent(first)}/workflows`} />
            </Route>
          </Switch>
        </Router>
      </ToastProvider>
    </QueryClientProvider>
  );
}

function Pages() {
  return (
    <Suspense fallback={<Loading what="the page" />}>
      <Switch>
        <Route path="/:location/workflows" component={WorkflowsPage} />
        <Route<WorkflowAddress> path="/:location/workflows/:id/:tab?/:part?">
          {({ id, tab, part }) => (
            <WorkflowPage key={id} id={id} tab={tab ?? "editor"} part={part ?? null} />
          )}
        </Route>
        <Route path="/:location/bookings" component={BookingsPage} />
        <Route path="/:location/bookings/:booking">
          {({ booking }) => <TimelinePage bookingId={decodeURIComponent(booking)} />}
        </Route>
        <Route path="/:location/tasks" component={TasksPage} />
        <Route path="/:location/audit" component={AuditPage} />
        <Route path="/:location/*?">
          {({ location }) => <Redirect to={`/${location}/workflows`} />}
        </Route>
      </Switch>
    </Suspense>
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

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiError) || error.isPassing),
      },
    },
  });
}
