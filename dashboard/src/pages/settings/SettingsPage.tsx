// What applies to the whole location: its settings, its words, the secrets of webhooks, blocked recipients.
import { Link } from "wouter";
import { Page } from "../../components/Page";
import { useCurrentLocation } from "../../currentLocation";
import { GeneralSettings } from "./GeneralSettings";
import { Secrets } from "./Secrets";
import { Suppressions } from "./Suppressions";
import { WordingSettings } from "./WordingSettings";
import "./settings.css";

const PARTS = [
  { key: "general", title: "General", isForAdmins: false },
  { key: "words", title: "Words", isForAdmins: false },
  { key: "secrets", title: "Webhook secrets", isForAdmins: true },
  { key: "suppressions", title: "Blocked recipients", isForAdmins: true },
] as const;

export default function SettingsPage({ part }: { part: string }) {
  const { may, path } = useCurrentLocation();
  const parts = PARTS.filter(({ isForAdmins }) => !isForAdmins || may("admin"));
  const shown = parts.find(({ key }) => key === part)?.key ?? "general";
  return (
    <Page trail={["Dashboard"]} title="Settings" about="Settings for every workflow of this location.">
      {parts.length > 1 && (
        <nav className="tabs settings__tabs" aria-label="Settings">
          {parts.map(({ key, title }) => (
            <Link key={key} href={path(`/settings/${key}`)} aria-current={shown === key ? "page" : undefined}>
              {title}
            </Link>
          ))}
        </nav>
      )}
      {shown === "general" && <GeneralSettings />}
      {shown === "words" && <WordingSettings />}
      {shown === "secrets" && <Secrets />}
      {shown === "suppressions" && <Suppressions />}
    </Page>
  );
}
