// One survey: what customers answered, and what they are asked.
import { Redirect, useLocation } from "wouter";
import { basedOn, body, type Schema } from "../../api/client";
import { useSurveyResults } from "../../api/reads";
import { EditorFrame, SaveActions } from "../../components/EditorFrame";
import { Failed, Loading } from "../../components/States";
import { StaleSave } from "../../components/StaleSave";
import { useToasts } from "../../components/toasts";
import { useEdited, type Saved } from "../../components/useEdited";
import { useSaving } from "../../components/useSaving";
import { fieldProblemsAt } from "../../core/fieldProblems";
import { changedParts, problemsOf, NEW_SURVEY, surveyOf, type SurveyContent } from "../../core/surveys";
import { useApi, useCurrentLocation } from "../../currentLocation";
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
  return <Loaded survey={null} stored={{ value: NEW_SURVEY, revision: 0 }} tab="editor" />;
}

function StoredSurvey({ id, tab }: { id: string; tab: string }) {
  const survey = useApi().useQuery("get", "/surveys/{survey_id}", { params: { path: { survey_id: id } } });
  if (survey.isError && !survey.data) {
    return <Failed error={survey.error} onRetry={() => void survey.refetch()} />;
  }
  if (!survey.data) return <Loading what="the survey" />;
  return <Loaded survey={survey.data} stored={savedOf(survey.data)} tab={tab} />;
}

function savedOf(survey: Survey): Saved<SurveyContent> {
  return { value: surveyOf(survey), revision: survey.revision };
}

type Survey = Schema<"SurveyView">;

interface LoadedProps {
  survey: Survey | null;
  stored: Saved<SurveyContent>;
  tab: string;
}

function Loaded({ survey, stored, tab }: LoadedProps) {
  const { may, path, locationId } = useCurrentLocation();
  const { report } = useToasts();
  const [, navigate] = useLocation();
  const api = useApi();
  const id = survey?.id ?? null;
  const edited = useEdited(`survey/${locationId}/${id ?? "new"}`, stored);
  const content = edited.value;
  // A new question must not take over the id of one that has answers.
  const answered = useSurveyResults(id);
  const address = path(`/surveys/${encodeURIComponent(id ?? "")}`);
  const saving = useSaving({
    edited,
    of: "/surveys",
    stored,
    isNew: id === null,
    check: problemsOf,
    write: (value, revision) =>
      body(
        id === null
          ? api.POST("/surveys", { body: surveyOf(value) })
          : api.PUT("/surveys/{survey_id}", { ...basedOn({ survey_id: id }, revision), body: surveyOf(value) }),
      ),
    savedOf,
    onSaved: (answer) => {
      report(`Saved “${answer.name}”. Links already sent show the new questions too.`);
      if (id === null) navigate(path(`/surveys/${encodeURIComponent(answer.id)}/editor`), { replace: true });
    },
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
          onSave={saving.save}
        />
      }
      onName={(name) => saving.change({ name })}
    >
      {tab === "results" && survey ? (
        <ResultsTab id={survey.id} />
      ) : (
        <div className="editing__body survey-body">
          <div className="editing__form">
            {survey && <SurveyState survey={survey} revision={edited.revision} onStored={edited.rebase} />}
            <SurveyForm
              content={content}
              problems={saving.problems}
              taken={answered.data?.questions.map(({ question_id }) => question_id) ?? []}
              isReadOnly={!may("editor")}
              onChange={saving.change}
            />
          </div>
          <section className="editing__outcome" aria-label="Preview">
            <SurveyPreview content={content} />
          </section>
        </div>
      )}
      {saving.isStale && (
        <StaleSave
          what="survey"
          differing={stored.revision === edited.revision ? null : changedParts(stored.value, content)}
          isBusy={saving.isBusy}
          onTakeTheirs={saving.takeTheirs}
          onKeepMine={saving.keepMine}
        />
      )}
    </EditorFrame>
  );
}
