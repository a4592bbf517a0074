// One survey: what customers answered, and what they are asked.
import { Redirect, useLocation } from "wouter";
import type { Saved } from "../../api/client";
import { useSurvey, useSurveyCalls, useSurveyResults, type Survey } from "../../api/surveys";
import { EditorFrame, SaveActions } from "../../components/EditorFrame";
import { Failed, Loading } from "../../components/States";
import { StaleSave } from "../../components/StaleSave";
import { useToasts } from "../../components/toasts";
import { useEdited } from "../../components/useEdited";
import { useSaving } from "../../components/useSaving";
import { fieldProblemsAt } from "../../core/fieldProblems";
import { changedParts, problemsOf, NEW_SURVEY, surveyOf, type SurveyContent } from "../../core/surveys";
import { useCurrentLocation } from "../../currentLocation";
import { ResultsTab } from "./ResultsTab";
import { SurveyForm } from "./SurveyForm";
import { SurveyPreview } from "./SurveyPreview";
import { SurveyState } from "./SurveyState";
import "./surveys.css";

interface SurveyPageProps {
  /** Null for a new one. */
  id: string | null;
  tab?: string;
}

export default function SurveyPage({ id, tab = "editor" }: SurveyPageProps) {
  const { may, path } = useCurrentLocation();
  if (id !== null) return <StoredSurvey id={id} tab={tab} />;
  if (!may("editor")) return <Redirect to={path("/surveys")} />;
  return <Loaded survey={null} stored={{ value: NEW_SURVEY, etag: "" }} tab="editor" />;
}

function StoredSurvey({ id, tab }: { id: string; tab: string }) {
  const survey = useSurvey(id);
  if (survey.isError && !survey.data) {
    return <Failed error={survey.error} onRetry={() => void survey.refetch()} />;
  }
  if (!survey.data) return <Loading what="the survey" />;
  const { value, etag } = survey.data;
  return <Loaded survey={value} stored={{ value: surveyOf(value), etag }} tab={tab} />;
}

interface LoadedProps {
  survey: Survey | null;
  stored: Saved<SurveyContent>;
  tab: string;
}

function Loaded({ survey, stored, tab }: LoadedProps) {
  const { may, path, locationId } = useCurrentLocation();
  const { report } = useToasts();
  const [, navigate] = useLocation();
  const calls = useSurveyCalls();
  const id = survey?.id ?? null;
  const edited = useEdited(`survey/${locationId}/${id ?? "new"}`, stored);
  const content = edited.value;
  const address = path(`/surveys/${encodeURIComponent(id ?? "")}`);
  const saving = useSaving({
    edited,
    stored,
    isNew: id === null,
    check: problemsOf,
    write: (value, etag) => (id === null ? calls.create(value) : calls.save(id, etag, value)),
    contentOf: surveyOf,
    onSaved: (answer) => {
      report(`Saved “${answer.name}”. Links already sent show the new questions too.`);
      if (id === null) navigate(path(`/surveys/${encodeURIComponent(answer.id)}/editor`), { replace: true });
    },
    onStale: () => void (id !== null && calls.refresh(id)),
  });

  return (
    <EditorFrame
      back={{ href: path("/surveys"), label: "All surveys" }}
      what="survey"
      name={content.name}
      nameProblem={fieldProblemsAt(saving.problems, "name")[0]?.text}
      failure={saving.failure}
      note={edited.isChanged ? "Unsaved changes" : survey ? "Saved" : "Not saved yet"}
      tabs={
        survey
          ? [
              { href: address, label: "Results", isCurrent: tab === "results" },
              { href: `${address}/editor`, label: "Questions", isCurrent: tab === "editor" },
            ]
          : []
      }
      actions={
        <SaveActions
          isChanged={edited.isChanged}
          isNew={survey === null}
          isBusy={saving.isBusy}
          isElsewhere={tab !== "editor"}
          onDiscard={saving.discard}
          onSave={() => void saving.save()}
        />
      }
      onName={(name) => saving.change({ name })}
    >
      {tab === "results" && survey ? (
        <ResultsTab id={survey.id} />
      ) : (
        <div className="editing__body survey-body">
          <div className="editing__form">
            {survey && <SurveyState survey={survey} etag={edited.etag} onStored={edited.rebase} />}
            <AskedBefore id={id}>
              {(taken) => (
                <SurveyForm
                  content={content}
                  problems={saving.problems}
                  taken={taken}
                  isReadOnly={!may("editor")}
                  onChange={saving.change}
                />
              )}
            </AskedBefore>
          </div>
          <section className="editing__outcome" aria-label="Preview">
            <SurveyPreview content={content} />
          </section>
        </div>
      )}
      {saving.isStale && (
        <StaleSave
          what="survey"
          differing={stored.etag === edited.etag ? null : changedParts(stored.value, content)}
          isBusy={saving.isBusy}
          onTakeTheirs={saving.takeTheirs}
          onKeepMine={() => void saving.keepMine()}
        />
      )}
    </EditorFrame>
  );
}

interface AskedBeforeProps {
  id: string | null;
  children: (ids: readonly string[]) => React.ReactNode;
}

/** Hands on the ids of questions that have answers: a new question must not take one of them over. */
function AskedBefore({ id, children }: AskedBeforeProps) {
  return id === null ? children([]) : <Answered id={id}>{children}</Answered>;
}

function Answered({ id, children }: { id: string; children: AskedBeforeProps["children"] }) {
  const results = useSurveyResults(id);
  return children(results.data?.questions.map(({ question_id }) => question_id) ?? []);
}
