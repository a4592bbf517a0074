// One template: what it says beside how it comes out, and the versions that were.
import { useState } from "react";
import { Redirect, useLocation } from "wouter";
import { basedOn, body, type Schema } from "../../api/client";
import { FIXED, useCatalogue, useTemplatePreview, type Occasion } from "../../api/reads";
import { ActiveField } from "../../components/ActiveSwitch";
import { EditorFrame, SaveActions } from "../../components/EditorFrame";
import { Failed, Loading } from "../../components/States";
import { StaleSave } from "../../components/StaleSave";
import { useToasts } from "../../components/toasts";
import { useEdited, type Saved } from "../../components/useEdited";
import { useSaving } from "../../components/useSaving";
import { useSettled } from "../../components/useSettled";
import type { Catalogue } from "../../core/catalogue";
import { fieldProblemsAt } from "../../core/fieldProblems";
import {
  BLANK_TEMPLATE,
  changedFields,
  contentOf,
  problemsOf,
  problemsOfPreview,
  suitedTrigger,
  templateVariables,
  type TemplateContent,
} from "../../core/templates";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { Preview } from "./Preview";
import { TemplateForm } from "./TemplateForm";
import { VersionsTab } from "./VersionsTab";
import "./templates.css";

/** Waited for after a key before the preview is made again: a location may make 60 a minute. */
const TYPING_MS = 700;

type Template = Schema<"TemplateView">;

interface TemplatePageProps {
  /** Null for a new one. */
  id: string | null;
  /** The ready-made template that a new one begins as. */
  from?: string;
  tab?: string;
}

export default function TemplatePage({ id, from = "", tab = "editor" }: TemplatePageProps) {
  return id === null ? <NewTemplate from={from} /> : <StoredTemplate id={id} tab={tab} />;
}

function StoredTemplate({ id, tab }: { id: string; tab: string }) {
  const template = useApi().useQuery("get", "/templates/{template_id}", { params: { path: { template_id: id } } });
  const catalogue = useCatalogue();
  const failed = [template, catalogue].find((query) => query.isError && !query.data);
  if (failed) return <Failed error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!template.data || !catalogue.data) return <Loading what="the template" />;
  return <Loaded template={template.data} stored={savedOf(template.data)} catalogue={catalogue.data} tab={tab} />;
}

function savedOf(template: Template): Saved<TemplateContent> {
  return { value: contentOf(template), revision: template.version };
}

/** A template that is not stored yet: from a blank page, or from a ready-made one. */
function NewTemplate({ from }: { from: string }) {
  const { may, path } = useCurrentLocation();
  const gallery = useApi().useQuery("get", "/template-gallery", {}, FIXED);
  const catalogue = useCatalogue();
  if (!may("editor")) return <Redirect to={path("/templates")} />;
  const failed = [gallery, catalogue].find((query) => query.isError && !query.data);
  if (failed) return <Failed error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!gallery.data || !catalogue.data) return <Loading what="the template" />;
  const content = gallery.data.items.find(({ key }) => key === from)?.content ?? BLANK_TEMPLATE;
  return (
    <Loaded
      template={null}
      stored={{ value: contentOf(content), revision: 0 }}
      catalogue={catalogue.data}
      tab="editor"
      from={from}
    />
  );
}

interface LoadedProps {
  template: Template | null;
  stored: Saved<TemplateContent>;
  catalogue: Catalogue;
  tab: string;
  from?: string;
}

function Loaded({ template, stored, catalogue, tab, from = "" }: LoadedProps) {
  const { may, path, locationId } = useCurrentLocation();
  const { report } = useToasts();
  const [, navigate] = useLocation();
  const api = useApi();
  const id = template?.id ?? null;
  const edited = useEdited(`template/${locationId}/${id ?? `from/${from}`}`, stored);
  const content = edited.value;
  const [occasion, setOccasion] = useState<Occasion>(() => ({
    trigger: suitedTrigger(catalogue, stored.value),
    bookingId: null,
  }));
  const settled = useSettled(content, TYPING_MS);
  const settledOccasion = useSettled(occasion, TYPING_MS / 2);
  const preview = useTemplatePreview(settled, settledOccasion, tab === "editor");
  const address = path(`/templates/${encodeURIComponent(id ?? "")}`);
  const saving = useSaving({
    edited,
    of: "/templates",
    stored,
    isNew: id === null,
    check: problemsOf,
    write: (value, revision) =>
      body(
        id === null
          ? api.POST("/templates", { body: contentOf(value) })
          : api.PUT("/templates/{template_id}", { ...basedOn({ template_id: id }, revision), body: contentOf(value) }),
      ),
    savedOf,
    onSaved: (answer) => {
      report(`Saved “${answer.name}”. New messages use it.`);
      if (id === null) navigate(path(`/templates/${encodeURIComponent(answer.id)}`), { replace: true });
    },
  });
  const found = problemsOfPreview(preview.data?.problems ?? []);
  const showsAll = template !== null || saving.wasTried;
  const problems = [...saving.problems, ...found.filter(({ field }) => showsAll || isBegun(content, field))];

  return (
    <EditorFrame
      back={{ href: path("/templates"), label: "All templates" }}
      what="template"
      name={content.name}
      nameProblem={fieldProblemsAt(saving.problems, "name")[0]?.text}
      failure={saving.failure}
      note={edited.isChanged ? "Unsaved changes" : template ? `Version ${template.version} saved` : "Not saved yet"}
      tabs={
        template
          ? [
              { href: address, label: "Editor", isCurrent: tab === "editor" },
              { href: `${address}/versions`, label: "Versions", isCurrent: tab === "versions" },
            ]
          : []
      }
      actions={
        <SaveActions
          isChanged={edited.isChanged}
          isNew={template === null}
          isBusy={saving.isBusy}
          isElsewhere={tab !== "editor"}
          onDiscard={saving.discard}
          onSave={saving.save}
        />
      }
      onName={(name) => saving.change({ name })}
    >
      {tab === "versions" && template ? (
        <VersionsTab
          template={template}
          current={content}
          occasion={occasion}
          catalogue={catalogue}
          onOccasion={setOccasion}
          onTake={(value) => {
            edited.change(value);
            navigate(address);
          }}
        />
      ) : (
        <div className="editing__body">
          <TemplateForm
            content={content}
            problems={problems}
            variables={templateVariables(catalogue, occasion.trigger, content.category)}
            isReadOnly={!may("editor")}
            onChange={saving.change}
          >
            {template && (
              <ActiveField
                thing={template}
                of="/templates"
                onStore={async (active) => {
                  const change = { ...basedOn({ template_id: template.id }, edited.revision), body: { active } };
                  edited.rebase((await body(api.PUT("/templates/{template_id}/active", change))).version);
                }}
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
              onOccasion={setOccasion}
            />
          </section>
        </div>
      )}
      {saving.isStale && (
        <StaleSave
          what="template"
          differing={stored.revision === edited.revision ? null : changedFields(stored.value, content)}
          isBusy={saving.isBusy}
          onTakeTheirs={saving.takeTheirs}
          onKeepMine={saving.keepMine}
        />
      )}
    </EditorFrame>
  );
}

/** A new template shows the problems of a field once the field is begun, or after the first try to save. */
function isBegun(content: TemplateContent, field: string): boolean {
  return Boolean(content[field as keyof TemplateContent]);
}
