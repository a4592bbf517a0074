// Whether a survey is asked at all, and whether it is the one that the location asks by default.
import { useState } from "react";
import { useSettings, useSettingsCalls } from "../../api/settings";
import { useSurveyCalls, type Survey } from "../../api/surveys";
import { ActiveField } from "../../components/ActiveSwitch";
import { Button } from "../../components/Button";
import { useToasts } from "../../components/toasts";
import { useCurrentLocation } from "../../currentLocation";

interface SurveyStateProps {
  survey: Survey;
  etag: string;
  onStored: (etag: string) => void;
}

export function SurveyState({ survey, etag, onStored }: SurveyStateProps) {
  const calls = useSurveyCalls();
  return (
    <div className="survey-state">
      <ActiveField
        thing={survey}
        onStore={async (active) => onStored((await calls.setActive(survey.id, etag, active)).etag)}
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
  const settings = useSettings();
  const calls = useSettingsCalls();
  const [isBusy, setBusy] = useState(false);
  if (!settings.data) return null;
  const { value, etag } = settings.data;
  const isStandard = value.location?.survey_id === survey.id;
  const choose = async () => {
    setBusy(true);
    try {
      await calls.save({ ...value.settings, survey_id: survey.id }, etag);
      report(`“${survey.name}” is now the default survey.`);
    } catch (error) {
      reportFailure(error);
      void calls.refresh();
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="field">
      <p className="survey-state__standard">
        {isStandard ? (
          <span className="badge badge--accent">Default of the location</span>
        ) : (
          <span className="small">Not the default of the location</span>
        )}
        {!isStandard && may("admin") && (
          <Button size="small" isPending={isBusy} onPress={() => void choose()}>
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
