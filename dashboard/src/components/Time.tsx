// Moments on a page: by the clocks of the location, wherever its operator sits.
import { explained, relative, relativeDay, written, type Detail } from "../core/times";
import { useCurrentLocation } from "../currentLocation";

interface TimeProps {
  at: string;
  detail?: Detail;
  className?: string;
}

/** A moment in writing, with its zone; in full, and by the reader's own clock, on hovering. */
export function Time({ at, detail = "minutes", className }: TimeProps) {
  const { zone } = useCurrentLocation();
  return (
    <time dateTime={at} className={className} title={zone ? explained(at, zone, ownZone()) : undefined}>
      {zone ? written(at, zone, detail) : <Unknown />}
    </time>
  );
}

interface AgoProps {
  at: string;
  /** What happened then, such as "done". */
  what?: string;
  /** Whether it stands within a line of text. */
  isInline?: boolean;
}

/** How long ago a moment was, or when it comes, with the moment in writing beside it. */
export function Ago({ at, what, isInline = false }: AgoProps) {
  const { zone } = useCurrentLocation();
  return (
    <time
      dateTime={at}
      className={isInline ? undefined : "ago"}
      title={zone ? explained(at, zone, ownZone()) : undefined}
    >
      {what && `${what} `}
      {zone ? <Distance at={at} zone={zone} isInline={isInline} /> : <Unknown />}
    </time>
  );
}

/** How far the day of a moment is from today, such as "tomorrow"; nothing for one that is far. */
export function RelativeDay({ at }: { at: string }) {
  const { zone } = useCurrentLocation();
  return <span>{zone && relativeDay(at, zone)}</span>;
}

function Distance({ at, zone, isInline }: { at: string; zone: string; isInline: boolean }) {
  const distance = relative(at, zone);
  const exact = written(at, zone, "minutes");
  if (distance === null) return exact;
  if (isInline) return `${distance} (${exact})`;
  return (
    <>
      {distance} <span className="ago__exact">{exact}</span>
    </>
  );
}

/** Returns what writes a moment where only text can stand. */
export function useWritten(detail: Detail = "minutes"): (iso: string) => string {
  const { zone } = useCurrentLocation();
  return (iso) => (zone ? written(iso, zone, detail) : "…");
}

/** In the place of a time while the location's zone is being read. */
function Unknown() {
  return <span className="skeleton ago__unknown" />;
}

function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
