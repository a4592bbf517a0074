// How far an import is, live, with a way to stop it and to go on.
import { Play, Square } from "lucide-react";
import { Link } from "wouter";
import { IMPORTS, type BookingImport } from "../../api/imports";
import { messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { Failed, Loading } from "../../components/States";
import { Time } from "../../components/Time";
import { useApi, useCurrentLocation } from "../../currentLocation";

const LIVE_MS = 1_500;

export function ImportProgress({ id }: { id: string }) {
  const { path, may } = useCurrentLocation();
  const api = useApi();
  const of = { params: { path: { import_id: id } } };
  const found = api.useQuery("get", "/imports/{import_id}", of, {
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LIVE_MS : false),
  });
  const stop = api.useMutation("post", "/imports/{import_id}/stop", IMPORTS);
  const start = api.useMutation("post", "/imports/{import_id}/start", IMPORTS);
  if (found.isError && !found.data) return <Failed error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Loading what="the import" />;
  const { state, pages } = found.data;
  const again = { ...of, body: { pages, left_out: 0, run_booking_created: found.data.run_booking_created } };
  const error = stop.error ?? start.error;
  return (
    <section className="card import__part" aria-label="Progress">
      <Progress of={found.data} />
      {error && <Notice tone="bad">{messageOf(error)}</Notice>}
      <div className="import__steps">
        {may("editor") && state === "running" && (
          <Button icon={<Square size={14} />} isPending={stop.isPending} onPress={() => stop.mutate(of)}>
            Stop
          </Button>
        )}
        {may("editor") && (state === "stopped" || state === "failed") && (
          <Button look="primary" icon={<Play size={14} />} isPending={start.isPending} onPress={() => start.mutate(again)}>
            Go on
          </Button>
        )}
        <Link href={path("/import")}>All imports</Link>
        <Link href={path("/bookings")}>See the bookings</Link>
      </div>
    </section>
  );
}

function Progress({ of }: { of: BookingImport }) {
  const { created = 0, updated = 0, failed = 0, started = 0 } = of.counts;
  return (
    <>
      <h2>
        {of.done.toLocaleString()} of {count(of.ready, "booking")}
      </h2>
      <progress className="progress" aria-label="Bookings imported" max={of.ready} value={of.done} />
      <div role="status">
        {of.state === "uploading" && <Notice tone="warn">It was checked and never started. Choose the file again to import it.</Notice>}
        {of.state === "running" && <Notice>It continues by itself; you can leave this page.</Notice>}
        {of.state === "completed" && <Notice tone="good">Imported.</Notice>}
        {of.state === "stopped" && <Notice tone="warn">Stopped. What is imported stays.</Notice>}
        {of.state === "failed" && (
          <Notice tone="bad">
            {of.reason} {of.remedy}
          </Notice>
        )}
      </div>
      <ul className="plain-list">
        <li>{count(created, "new booking")}</li>
        {updated > 0 && <li>{count(updated, "booking")} known before, brought up to date</li>}
        {of.invalid > 0 && <li>{count(of.invalid, "row")} left out as they could not be read</li>}
        {failed > 0 && <li>{count(failed, "row")} failed</li>}
        {of.run_booking_created && <li>Booking Created ran in {count(started, "execution")}</li>}
        <li>
          As of <Time at={of.as_of} />
        </li>
      </ul>
      {of.failures.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ul className="import__problems" tabIndex={0} aria-label="Rows that failed">
          {of.failures.map(({ row, reason }) => (
            <li key={row}>
              <strong>Row {row}</strong> {reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
