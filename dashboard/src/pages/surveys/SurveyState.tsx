// Whether a survey is asked at all, and whether it is the one that the location asks by default.
import { basedOn } from "../../api/client";
import { useSettings } from "../../api/reads";
import { Button } from "../../components/Button";
import { Missing } from "../../components/Missing";
import { useToasts } from "../../components/toasts";
import type { LocationSettings, OwnSettings } from "../../core/settings";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { ActiveField } from "../records/Active";
import { SURVEY, type Survey } from "./kind";

interface SurveyStateProps {
  survey: Survey;
  revision: number;
  onStored: (revision: number) => void;
}

export function SurveyState({ survey, revision, onStored }: SurveyStateProps) {
  return (
    <div className="survey-state">
      <ActiveField
        kind={SURVEY}
        record={survey}
        revision={revision}
        onStored={onStored}
        help={
          survey.active ? "Workflows may send it." : "It is not sent. Links already sent say that it is closed."
        }
      />
      <Standard survey={survey} />
    </div>
  );
}

/** A step asks the survey that it names, else the activity's own, else the location's. */
function Standard({ survey }: { survey: Survey }) {
  const { may } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const reading = useSettings();
  const settings = reading.data;
  const choose = useApi().useMutation("put", "/settings", {
    onSuccess: () => report(`“${survey.name}” is now the default survey.`),
    onError: reportFailure,
  });
  if (!settings) return <Missing of={reading} what="Whether this is the default survey" />;
  const own: OwnSettings = { ...settings.settings, survey_id: survey.id };
  // The contract's types call fields with a default required; the API does not.
  const change = { ...basedOn(undefined, settings.revision), body: own as LocationSettings };
  const isStandard = settings.location?.survey_id === survey.id;
  return (
    <div className="field">
      <p className="survey-state__standard">
        {isStandard ? (
          <span className="badge badge--accent">Default of the location</span>
        ) : (
          <span className="small">Not the default of the location</span>
        )}
        {!isStandard && may("admin") && (
          <Button size="small" isPending={choose.isPending} onPress={() => choose.mutate(change)}>
            Make it the default
          </Button>
        )}
      </p>
      <p className="field__help">
        The default is sent unless a step or an activity names another survey. The booking system names this one by
        its id: <code>{survey.id}</code>
      </p>
    </div>
  );
}
