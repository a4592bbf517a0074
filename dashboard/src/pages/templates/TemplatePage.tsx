// One template: what it says beside how it comes out, and the versions that were.
import { useMemo, useState } from "react";
import { Redirect, useLocation } from "wouter";
import { FIXED, useCatalogue, useHomeLanguage, useTemplatePreview, type Occasion } from "../../api/reads";
import { SendMessageTest } from "../../components/SendMessageTest";
import { Failed, Loading } from "../../components/States";
import { useSettled } from "../../components/useSettled";
import { ruleOperators, type Catalogue } from "../../core/catalogue";
import { isSameBlocks } from "../../core/blocks";
import {
  NEW_TEMPLATE,
  contentOf,
  problemsOfPreview,
  suitedTrigger,
  templateVariables,
  textsOf,
  type TemplateContent,
  type TemplateTexts,
} from "../../core/templates";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { ActiveField } from "../records/Active";
import { addressOf, EDITOR } from "../records/kinds";
import { RecordPage, useRecord } from "../records/RecordPage";
import { TEMPLATE, type Template } from "./kind";
import { Preview } from "./Preview";
import { TemplateForm } from "./TemplateForm";
import { VersionsTab } from "./VersionsTab";
import "./templates.css";

/** Waited for after a key before the preview is made again: a location may make 60 a minute. */
const TYPING_MS = 700;

interface TemplatePageProps {
  /** Null for a new one. */
  id: string | null;
  /** The ready-made template that a new one begins as. */
  from?: string;
  tab?: string;
}

export default function TemplatePage({ id, from = "", tab = "editor" }: TemplatePageProps) {
  const { may, path } = useCurrentLocation();
  const of = { params: { path: { template_id: id ?? "" } } };
  const template = useApi().useQuery("get", "/templates/{template_id}", of, { enabled: id !== null });
  const gallery = useApi().useQuery("get", "/template-gallery", {}, { ...FIXED, enabled: id === null });
  const catalogue = useCatalogue();
  if (id === null && !may("editor")) return <Redirect to={path("/templates")} />;
  const failed = [id === null ? gallery : template, catalogue].find((query) => query.isError && !query.data);
  if (failed) return <Failed error={failed.error} onRetry={() => void failed.refetch()} />;
  const stored = id === null ? null : template.data;
  const begun = stored ?? gallery.data?.items.find(({ key }) => key === from)?.content ?? NEW_TEMPLATE;
  if (stored === undefined || (id === null && !gallery.data) || !catalogue.data) return <Loading what="the template" />;
  return <Loaded template={stored} begun={contentOf(begun)} catalogue={catalogue.data} tab={tab} from={`from/${from}`} />;
}

interface LoadedProps {
  template: Template | null;
  /** What it said when the page was opened. */
  begun: TemplateContent;
  catalogue: Catalogue;
  tab: string;
  from: string;
}

function Loaded({ template, begun, catalogue, tab, from }: LoadedProps) {
  const { may, path } = useCurrentLocation();
  const [, navigate] = useLocation();
  const editing = useRecord(TEMPLATE, template, begun, from);
  const { edited, saving } = editing;
  const content = edited.value;
  const [occasion, setOccasion] = useState<Occasion>(() => ({
    trigger: suitedTrigger(catalogue, begun),
    bookingId: null,
  }));
  const [chosen, setLanguage] = useState<string | null>(null);
  const language = chosen !== null && content.translations?.[chosen] ? chosen : null;
  const home = useHomeLanguage();
  const operators = useMemo(() => ruleOperators(catalogue), [catalogue]);
  const variables = useMemo(
    () => templateVariables(catalogue, occasion.trigger, content.category),
    [catalogue, occasion.trigger, content.category],
  );
  const settled = useSettled(content, TYPING_MS);
  const settledOccasion = useSettled(occasion, TYPING_MS / 2);
  const preview = useTemplatePreview(settled, settledOccasion, tab === "editor");
  const found = useMemo(() => problemsOfPreview(preview.data?.problems ?? []), [preview.data]);
  const showsAll = template !== null || saving.wasTried;
  const rejected = saving.problems;
  const problems = useMemo(
    () => [...rejected, ...found.filter(({ field }) => showsAll || isBegun(content, field))],
    [rejected, found, showsAll, content],
  );

  return (
    <RecordPage editing={editing} tab={tab} note={`Version ${template?.version} saved`}>
      {tab === "versions" && template ? (
        <VersionsTab
          template={template}
          current={content}
          occasion={occasion}
          catalogue={catalogue}
          onOccasion={setOccasion}
          onTake={(value) => {
            edited.change(value);
            navigate(path(addressOf(TEMPLATE, template.id, EDITOR)));
          }}
        />
      ) : (
        <div className="editing__body editing__body--mail">
          <TemplateForm
            content={content}
            problems={problems}
            variables={variables}
            operators={operators}
            home={home}
            language={language}
            preview={preview.data}
            isReadOnly={!may("editor")}
            onLanguage={(tag) => {
              setLanguage(tag);
              setOccasion((now) => ({ ...now, locale: tag ?? content.language ?? home }));
            }}
            onChange={saving.change}
          >
            {template && (
              <ActiveField
                kind={TEMPLATE}
                record={template}
                revision={edited.revision}
                onStored={edited.rebase}
                help={
                  template.active
                    ? "Workflows may send it."
                    : "It is not sent: a step that uses it fails. New steps cannot choose it."
                }
              />
            )}
          </TemplateForm>
          <section className="editing__outcome" aria-label="Preview">
            <Preview
              channel={content.channel}
              preview={preview}
              occasion={occasion}
              catalogue={catalogue}
              languages={[content.language ?? home, ...Object.keys(content.translations ?? {})]}
              actions={
                may("editor") && (
                  <SendMessageTest
                    templateId={template?.id ?? null}
                    name={content.name.trim() || "New template"}
                    channel={content.channel}
                    trigger={occasion.trigger}
                    locale={occasion.locale ?? null}
                    content={{ ...content, name: content.name.trim() || "Untitled" }}
                  />
                )
              }
              onOccasion={setOccasion}
            />
          </section>
        </div>
      )}
    </RecordPage>
  );
}

/** A new template shows the problems of a field once the field is begun, or after the first try to save. */
function isBegun(content: TemplateContent, field: string): boolean {
  const [first = "", language = "", name = ""] = field.split(".");
  if (first === "translations") return Boolean(textsOf(content, language)[name as keyof TemplateTexts]);
  const value = content[first.replace(/\[.*/, "") as keyof TemplateContent];
  return Array.isArray(value) ? !isSameBlocks(value, NEW_TEMPLATE.blocks) : Boolean(value);
}
