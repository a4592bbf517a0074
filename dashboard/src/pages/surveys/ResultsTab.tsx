// The statistics of a survey's answers, and what customers wrote.
import { ChartNoAxesColumn } from "lucide-react";
import type { Schema } from "../../api/client";
import { PAGED } from "../../api/queries";
import { useSurveyResults } from "../../api/reads";
import { BookingLink } from "../../components/BookingLink";
import { Button } from "../../components/Button";
import { count } from "../../components/format";
import { Stars } from "../../components/Stars";
import { Empty, Failed, Loading } from "../../components/States";
import { Time } from "../../components/Time";
import { barsOf, overallAverage, type Bar, type QuestionResult } from "../../core/surveys";
import { useApi } from "../../currentLocation";

export function ResultsTab({ id }: { id: string }) {
  const results = useSurveyResults(id);
  if (results.isError && !results.data) {
    return <Failed error={results.error} onRetry={() => void results.refetch()} />;
  }
  if (!results.data) return <Loading what="the results" />;
  const { responses, questions } = results.data;
  if (responses === 0) {
    return (
      <Empty icon={<ChartNoAxesColumn size={24} />} title="No answers yet">
        Customers answer by the link in their e-mail. Let a workflow send the survey some hours after a visit, and the
        results appear here.
      </Empty>
    );
  }
  const average = overallAverage(questions);
  return (
    <div className="results">
      <dl className="results__statistics">
        <div className="card">
          <dt>Responses</dt>
          <dd>{responses.toLocaleString()}</dd>
        </div>
        {average !== null && (
          <div className="card">
            <dt>Average</dt>
            <dd>
              {average.toFixed(2)} <Stars rating={average} size={19} />
            </dd>
          </div>
        )}
      </dl>
      <div className="results__columns">
        <div className="results__charts">
          {questions
            .filter(({ type }) => type !== "text")
            .map((result) => (
              <Chart key={`${result.question_id}-${result.type}`} result={result} />
            ))}
        </div>
        <Comments id={id} />
      </div>
    </div>
  );
}

function Chart({ result }: { result: QuestionResult }) {
  const { question, answered, average, asked, type } = result;
  return (
    <section className="card chart">
      <div className="chart__head">
        <h2>{question}</h2>
        <p className="muted small">
          {count(answered, "answer")}
          {average !== null && ` · average ${average}`}
          {!asked && " · no longer asked"}
        </p>
      </div>
      <table className="chart__bars">
        <caption className="visually-hidden">How often each answer to “{question}” was given</caption>
        <tbody>
          {barsOf(result).map((bar) => (
            <BarRow key={bar.label} bar={bar} isStars={type === "stars"} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function BarRow({ bar: { label, count: number, percent }, isStars }: { bar: Bar; isStars: boolean }) {
  return (
    <tr>
      <th scope="row" className={isStars ? undefined : "chart__option"}>
        {isStars ? count(Number(label), "star") : label}
      </th>
      <td className="chart__bar">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
          <rect width="100" height="10" fill="var(--sunken)" />
          <rect width={percent} height="10" fill="var(--accent)" />
        </svg>
      </td>
      <td className="chart__count numbers">
        {number.toLocaleString()} <span className="muted">· {percent}%</span>
      </td>
    </tr>
  );
}

function Comments({ id }: { id: string }) {
  const comments = useApi().useInfiniteQuery(
    "get",
    "/surveys/{survey_id}/comments",
    { params: { path: { survey_id: id } } },
    { ...PAGED, staleTime: 0 },
  );
  const items = comments.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card comments" aria-label="Comments">
      <h2>Comments</h2>
      {comments.isError && !comments.data ? (
        <Failed error={comments.error} onRetry={() => void comments.refetch()} />
      ) : !comments.data ? (
        <Loading what="the comments" />
      ) : (
        <>
          {items.length === 0 && (
            <p className="muted comments__none">
              {comments.hasNextPage ? "None in the newest responses." : "No comments yet."}
            </p>
          )}
          <ol>
            {items.map((comment, index) => (
              <CommentEntry key={index} comment={comment} />
            ))}
          </ol>
          {comments.hasNextPage && (
            <div className="more">
              <Button isPending={comments.isFetchingNextPage} onPress={() => void comments.fetchNextPage()}>
                Show more
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function CommentEntry({ comment }: { comment: Schema<"Comment"> }) {
  const { text, question, submitted_at, booking_id, overall_rating } = comment;
  return (
    <li className="comment">
      <p className="comment__text">{text}</p>
      <p className="muted small">
        {overall_rating !== null && (
          <>
            <Stars rating={overall_rating} size={13} />{" "}
          </>
        )}
        <Time at={submitted_at} /> ·{" "}
        <BookingLink id={booking_id} />
      </p>
      <p className="muted small">{question}</p>
    </li>
  );
}
