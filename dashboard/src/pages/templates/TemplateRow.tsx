// One template in the list.
import { Mail, MessageSquareText } from "lucide-react";
import { Cell } from "../../components/Table";
import { languageName, ownLanguageName } from "../../core/languages";
import { CATEGORIES, CHANNELS, isByEmail, isBySms, type Channel, type TemplateSummary } from "../../core/templates";
import { RecordRow } from "../records/RecordRow";
import { TEMPLATE } from "./kind";

interface TemplateRowProps {
  template: TemplateSummary;
  /** The location's language, which an unnamed one is. */
  home: string;
}

export function TemplateRow({ template, home }: TemplateRowProps) {
  const tags = [template.language ?? home, ...template.languages];
  return (
    <RecordRow kind={TEMPLATE} record={template}>
      <Cell of="Sent as">
        <ChannelSign channel={template.channel} />
      </Cell>
      <Cell of="Languages">
        <span className="muted small" title={tags.map(languageName).join(", ")}>
          {tags.map(ownLanguageName).join(", ")}
        </span>
      </Cell>
      <Cell of="Category">
        <span className={template.category === "marketing" ? "badge badge--accent" : "badge"}>
          {CATEGORIES[template.category]}
        </span>
      </Cell>
    </RecordRow>
  );
}

export function ChannelSign({ channel }: { channel: Channel }) {
  return (
    <span className="channel">
      {isByEmail(channel) && <Mail size={15} aria-hidden />}
      {isBySms(channel) && <MessageSquareText size={15} aria-hidden />}
      {CHANNELS[channel]}
    </span>
  );
}
