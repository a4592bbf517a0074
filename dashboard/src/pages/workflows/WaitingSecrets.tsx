// Says which workflows wait until an admin names the hosts of a secret.
import { Link } from "wouter";
import { useWholeList } from "../../api/queries";
import { useSecrets } from "../../api/reads";
import { Missing } from "../../components/Missing";
import { Notice } from "../../components/Notice";
import { SIGNING_SECRET } from "../../core/hosts";
import { useCurrentLocation } from "../../currentLocation";

export function WaitingSecrets() {
  const { may } = useCurrentLocation();
  const secrets = useSecrets(may("editor"));
  const waiting = secrets.data?.items.filter((secret) => secret.name !== SIGNING_SECRET && secret.hosts.length === 0);
  return (
    <>
      <Missing of={secrets} what="Which secrets wait for their hosts" />
      {waiting?.map((secret) => (
        <WaitingSecret key={secret.name} name={secret.name} />
      ))}
    </>
  );
}

function WaitingSecret({ name }: { name: string }) {
  const { may, path } = useCurrentLocation();
  const uses = useWholeList("/secrets/{name}/uses", { name });
  if (!uses.data) return <Missing of={uses} what={`Where the secret ${name} is used`} />;
  if (uses.data.length === 0) return null;
  return (
    <Notice tone="warn">
      <span>
        The secret {name} has no hosts, so webhooks do not send it. Waiting for that: {uses.data.map((use) => use.name).join(", ")}.{" "}
        {may("admin") ? (
          <Link href={path("/settings/secrets")}>Name its hosts</Link>
        ) : (
          "Ask an admin to name its hosts (Settings, Webhook secrets)."
        )}
      </span>
    </Notice>
  );
}
