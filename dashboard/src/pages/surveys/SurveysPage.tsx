// Dashboard > Marketing > Surveys: what customers are asked after a visit, and how they liked it.
import { MessageCircleHeart, Plus } from "lucide-react";
import { useLocation } from "wouter";
import type { Schema } from "../../api/client";
import { useSettings, useSurveyResults, useSurveys } from "../../api/reads";
import { Button } from "../../components/Button";
import { List } from "../../components/List";
import { Missing } from "../../components/Missing";
import { Page } from "../../components/Page";
import { Stars } from "../../components/Stars";
import { Empty } from "../../components/States";
import { Cell } from "../../components/Table";
import { wholeList } from "../../components/wholeList";
import { overallAverage } from "../../core/surveys";
import { useCurrentLocation } from "../../currentLocation";
import { RecordRow, useColumns } from "../records/RecordRow";
import { SURVEY } from "./kind";
import "./surveys.css";

export default function SurveysPage() {
  const { may, path } = useCurrentLocation();
  const [, navigate] = useLocation();
  const surveys = useSurveys();
  const settings = useSettings();
  const standard = settings.data?.location?.survey_id;
  const add = may("editor") && (
    <Button look="primary" icon={<Plus size={17} />} onPress={() => navigate(path("/surveys/from/blank"))}>
      Add Survey
    </Button>
  );
  return (
    <Page
      trail={["Dashboard", "Marketing"]}
      title="Surveys"
      about="What customers are asked after their visit, and what they answered."
      actions={add}
    >
      <Missing of={settings} what="Which survey is the default" />
      <List
        what="surveys"
        query={wholeList(surveys, surveys.data)}
        columns={useColumns(["Responses", "Average"])}
        row={(survey) => <SurveyRow key={survey.id} survey={survey} isStandard={survey.id === standard} />}
        empty={
          <Empty icon={<MessageCircleHeart size={24} />} title="No surveys yet" actions={add}>
            A survey is a short page that customers open from an e-mail after their visit. Write one, and let a
            workflow send it.
          </Empty>
        }
      />
    </Page>
  );
}

function SurveyRow({ survey, isStandard }: { survey: Schema<"SurveySummaryView">; isStandard: boolean }) {
  const results = useSurveyResults(survey.id);
  const average = overallAverage(results.data?.questions ?? []);
  return (
    <RecordRow
      kind={SURVEY}
      record={survey}
      badge={isStandard && <span className="badge badge--accent">Default</span>}
    >
      <Cell of="Responses" className="numbers">
        {results.data?.responses.toLocaleString() ?? <span className="muted">{results.isError ? "unknown" : "…"}</span>}
      </Cell>
      <Cell of="Average">
        {average === null ? (
          <span className="muted">{results.data ? "none yet" : results.isError ? "unknown" : "…"}</span>
        ) : (
          <span className="average numbers">
            <Stars rating={average} /> {average.toFixed(2)}
          </span>
        )}
      </Cell>
    </RecordRow>
  );
}
