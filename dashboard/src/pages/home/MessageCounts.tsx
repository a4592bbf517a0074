// What was sent in 30 days, by channel, and what became of it.
import type { Schema } from "../../api/client";
import { useApi } from "../../currentLocation";
import { LIVE, Part } from "./Part";

const CHANNELS = [
  ["email", "E-mails"],
  ["sms", "Text messages"],
] as const;

export function MessageCounts() {
  const messages = useApi().useQuery("get", "/home/messages", {}, LIVE);
  return (
    <Part
      title="Messages of the last 30 days"
      isWide
      query={messages}
      empty={({ channels }) =>
        Object.values(channels).every(({ sent }) => sent === 0) ? "No message was sent in the last 30 days." : null
      }
    >
      {({ channels }) => (
        <dl className="home__channels">
          {CHANNELS.map(([channel, name]) => {
            const counts = channels[channel];
            return counts && <Channel key={channel} name={name} counts={counts} />;
          })}
        </dl>
      )}
    </Part>
  );
}

function Channel({ name, counts }: { name: string; counts: Schema<"MessageCounts"> }) {
  const { sent, delivered, failed, is_complete } = counts;
  const more = is_complete ? "" : "+";
  return (
    <div className="home__channel">
      <dt>{name}</dt>
      <dd>
        <span className="home__sent">
          {sent.toLocaleString()}
          {more}
        </span>{" "}
        <span className="muted">sent</span>
      </dd>
      <dd className="muted small">
        {delivered + failed === 0 ? "no delivery reports yet" : `${delivered.toLocaleString()}${more} delivered`}
        {failed > 0 && (
          <>
            , <span className="home__failed">{`${failed.toLocaleString()}${more} failed`}</span>
          </>
        )}
      </dd>
    </div>
  );
}
