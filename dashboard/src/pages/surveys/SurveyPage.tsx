// One survey: what customers answered, and what they are asked.
import { Redirect } from "wouter";
import { useSurveyResults } from "../../api/reads";
import { Missing } from "../../components/Missing";
import { Failed, Loading } from "../../components/States";
import { NEW_SURVEY } from "../../core/surveys";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { RecordPage, useRecord } from "../records/RecordPage";
import { SURVEY, type Survey } from "./kind";
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

export default function SurveyPage({ id, tab = "results" }: SurveyPageProps) {
  const { may, path } = useCurrentLocation();
  const of = { params: { path: { survey_id: id ?? "" } } };
  const survey = useApi().useQuery("get", "/surveys/{survey_id}", of, { enabled: id !== null });
  if (id === null) return may("editor") ? <Loaded survey={null} tab="editor" /> : <Redirect to={path("/surveys")} />;
  if (survey.isError && !survey.data) {
    return <Failed error={survey.error} onRetry={() => void survey.refetch()} />;
  }
  if (!survey.data) return <Loading what="the survey" />;
  return <Loaded survey={survey.data} tab={tab} />;
}

function Loaded({ survey, tab }: { survey: Survey | null; tab: string }) {
  const { may } = useCurrentLocation();
  const editing = useRecord(SURVEY, survey, NEW_SURVEY);
  const { edited, saving } = editing;
  // A new question must not take over the id of one that has answers.
  const answered = useSurveyResults(survey?.id ?? null);
  return (
    <RecordPage editing={editing} tab={tab} note="Saved">
      {tab === "results" && survey ? (
        <ResultsTab id={survey.id} />
      ) : (
        <div className="editing__body survey-body">
          <div className="editing__form">
            <Missing of={answered} what="Which questions have answers" />
            {survey && <SurveyState survey={survey} revision={edited.revision} onStored={edited.rebase} />}
            <SurveyForm
              content={edited.value}
              problems={saving.problems}
              taken={answered.data?.questions.map(({ question_id }) => question_id) ?? []}
              isReadOnly={!may("editor")}
              onChange={saving.change}
            />
          </div>
          <section className="editing__outcome" aria-label="Preview">
            <SurveyPreview content={edited.value} />
          </section>
        </div>
      )}
    </RecordPage>
  );
}
