// Dashboard > Marketing > Surveys: what customers are asked after a visit, and how they liked it.
import { useMutation } from "@tanstack/react-query";
import { Copy, Ellipsis, MessageCircleHeart, Plus } from "lucide-react";
import { Link, useLocation } from "wouter";
import { basedOn, body, type Schema } from "../../api/client";
import { useSettings, useSurveyResults, useSurveys } from "../../api/reads";
import { ActiveSwitch } from "../../components/ActiveSwitch";
import { Button, IconButton } from "../../components/Button";
import { List } from "../../components/List";
import { Menu } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Stars } from "../../components/Stars";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { wholeList } from "../../components/wholeList";
import { overallAverage, surveyOf } from "../../core/surveys";
import { useApi, useCurrentLocation } from "../../currentLocation";
import "./surveys.css";

type SurveySummary = Schema<"SurveySummaryView">;

const LONGEST_NAME = 190;

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
      <List
        what="surveys"
        query={wholeList(surveys, surveys.data)}
        columns={["Name", "Responses", "Average", "Last changed", "Active", ...(may("editor") ? [ACTIONS] : [])]}
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

function SurveyRow({ survey, isStandard }: { survey: SurveySummary; isStandard: boolean }) {
  const { may, path } = useCurrentLocation();
  const results = useSurveyResults(survey.id);
  const api = useApi();
  const average = overallAverage(results.data?.questions ?? []);
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <span>
            <Link href={path(`/surveys/${encodeURIComponent(survey.id)}`)} className="table__title">
              {survey.name}
            </Link>{" "}
            {isStandard && <span className="badge badge--accent">Default</span>}
          </span>
          <span className="muted small">{survey.id}</span>
        </div>
      </Cell>
      <Cell of="Responses" className="numbers">
        {results.data?.responses.toLocaleString() ?? <span className="muted">{results.isError ? "unknown" : "…"}</span>}
      </Cell>
      <Cell of="Average">
        {average === null ? (
          <span className="muted">none yet</span>
        ) : (
          <span className="average numbers">
            <Stars rating={average} /> {average.toFixed(2)}
          </span>
        )}
      </Cell>
      <Cell of="Last changed" className="muted">
        {survey.updated_at ? (
          <Ago at={survey.updated_at} />
        ) : (
          "never"
        )}
      </Cell>
      <Cell of="Active">
        <ActiveSwitch
          thing={survey}
          of="/surveys"
          onStore={(active) =>
            api.PUT("/surveys/{survey_id}/active", { ...basedOn({ survey_id: survey.id }, survey.revision), body: { active } })
          }
        />
      </Cell>
      {may("editor") && (
        <Cell className="row-end">
          <RowMenu survey={survey} />
        </Cell>
      )}
    </Row>
  );
}

function RowMenu({ survey }: { survey: SurveySummary }) {
  const { path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const api = useApi();
  const duplicate = useMutation({
    mutationFn: async () => {
      const content = await body(api.GET("/surveys/{survey_id}", { params: { path: { survey_id: survey.id } } }));
      const name = `${content.name.slice(0, LONGEST_NAME)} (copy)`;
      return body(api.POST("/surveys", { body: surveyOf({ ...content, name }) }));
    },
    meta: { changes: ["/surveys"] },
    onSuccess: (copied) => {
      report(`Created “${copied.name}”.`);
      navigate(path(`/surveys/${encodeURIComponent(copied.id)}/editor`));
    },
    onError: reportFailure,
  });
  return (
    <Menu
      label={`More for ${survey.name}`}
      entries={[{ id: "duplicate", label: "Duplicate", icon: <Copy size={16} />, onAction: () => duplicate.mutate() }]}
    >
      <IconButton label={`More for ${survey.name}`} size="small" icon={<Ellipsis size={17} />} />
    </Menu>
  );
}
