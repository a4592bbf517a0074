// Shows what texts and variables come to for a booking that the operator chose for this editor.
import { createContext, use, useMemo } from "react";
import { ApiError, messageOf } from "../api/problem";
import { useBookingNamed, useTemplatePreview, type Occasion } from "../api/reads";
import { codeOf } from "../core/bookings";
import { plainContent, previewable, textOfAll, valuesFrom } from "../core/rendering";
import type { VariableGroup } from "../core/variables";
import { useSettled } from "./useSettled";
import { VariablePicker, type VariablePickerProps } from "./VariablePicker";

/** The booking and the event that previews are for; null while no booking is chosen. */
export const PreviewContext = createContext<Occasion | null>(null);

const SETTLED_MS = 600;

/** The picker of variables, each with its value for the chosen booking. */
export function StepVariablePicker(props: VariablePickerProps) {
  return <VariablePicker {...props} values={useVariableValues(props.groups)} />;
}

function useVariableValues(groups: readonly VariableGroup[]): ReadonlyMap<string, string> | undefined {
  const occasion = useSettledOccasion();
  const text = useMemo(() => textOfAll(groups), [groups]);
  const preview = useTemplatePreview(
    plainContent(text),
    occasion ?? NO_OCCASION,
    occasion !== null && text !== "",
  );
  const rendered = occasion && preview.data?.text;
  return useMemo(() => (rendered ? valuesFrom(groups, rendered) : undefined), [groups, rendered]);
}

/** What a text comes to for the chosen booking; nothing where no variable stands in it. */
export function Rendered({ text }: { text: string }) {
  const occasion = useSettledOccasion();
  const wanted = previewable(useSettled(text, SETTLED_MS));
  const isWanted = occasion !== null && wanted !== null;
  const preview = useTemplatePreview(plainContent(wanted ?? ""), occasion ?? NO_OCCASION, isWanted);
  const visit = useBookingNamed(isWanted ? (occasion.bookingId ?? "") : "");
  if (!isWanted) return null;
  const name = visit ? codeOf(visit) : occasion.bookingId;
  const problem = preview.data?.problems[0];
  return (
    <div className="rendered" aria-live="polite" aria-busy={preview.isFetching}>
      <span className="rendered__for">For {name}</span>
      {preview.isError ? (
        <span className="muted">{reasonOf(preview.error, occasion)}</span>
      ) : problem ? (
        <span className="rendered__problem">
          {problem.message} {problem.remedy}
        </span>
      ) : preview.data ? (
        // Long texts scroll, so the keyboard has to get there.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="rendered__text" role="region" aria-label={`Preview for ${name}`} tabIndex={0}>
          {preview.data.text}
        </div>
      ) : (
        <span className="muted">…</span>
      )}
    </div>
  );
}

const NO_OCCASION: Occasion = { trigger: "", bookingId: null };

/** The occasion once its id has been typed to its end. */
function useSettledOccasion(): Occasion | null {
  const occasion = use(PreviewContext);
  const bookingId = useSettled(occasion?.bookingId ?? null, SETTLED_MS);
  return occasion && bookingId ? { ...occasion, bookingId } : null;
}

function reasonOf(error: unknown, { bookingId }: Occasion): string {
  if (error instanceof ApiError && (error.isMissing || error.status === 422)) {
    return `This location has no booking ${bookingId ?? ""}.`;
  }
  return messageOf(error);
}
