// The page that customers see, as a picture: nothing in it can be answered.
import { Star } from "lucide-react";
import { useSettings } from "../../api/reads";
import type { Question, SurveyContent } from "../../core/surveys";

const SCALE = [1, 2, 3, 4, 5];

export function SurveyPreview({ content }: { content: SurveyContent }) {
  const settings = useSettings();
  return (
    <div className="survey-preview">
      <p className="muted small">What customers see on their phone, in their own language where it is known.</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="survey-phone" tabIndex={0} role="region" aria-label="The survey's page">
        <p className="survey-phone__location">{settings.data?.location?.name ?? ""}</p>
        <div className="survey-phone__card">
          <p className="survey-phone__title">Kayak tour: how was it?</p>
          {content.introduction && <p className="survey-phone__text">{content.introduction}</p>}
          {content.questions.map((question) => (
            <Asked key={question.id} question={question} />
          ))}
          <p className="survey-phone__send">Send answers</p>
        </div>
      </div>
    </div>
  );
}

function Asked({ question }: { question: Question }) {
  return (
    <div className="survey-phone__question">
      <p className="survey-phone__asked">
        {question.text || "…"}
        {!question.required && <span className="survey-phone__hint"> (optional)</span>}
      </p>
      {question.type === "stars" && (
        <>
          <p className="survey-phone__hint">1 = poor, 5 = excellent</p>
          <div className="survey-phone__stars">
            {SCALE.map((stars) => (
              <span key={stars}>
                <Star size={26} strokeWidth={1.5} aria-hidden />
                {stars}
              </span>
            ))}
          </div>
        </>
      )}
      {question.type === "text" && <div className="survey-phone__field" aria-hidden />}
      {question.type === "choice" && (
        <>
          {question.several && <p className="survey-phone__hint">Choose as many as you like</p>}
          <ul>
            {question.options.map((option, index) => (
              <li key={index} className="survey-phone__option">
                <span className={question.several ? "survey-phone__box" : "survey-phone__dot"} aria-hidden />
                {option || "…"}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
