// How a template comes out for a booking: the e-mail at two widths, its plain text, the SMS on a phone.
import { Moon, Sun } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { Schema } from "../../api/client";
import { ApiError, messageOf } from "../../api/problem";
import { useBookings, type Occasion } from "../../api/reads";
import { BookingPicker } from "../../components/BookingPicker";
import { IconButton } from "../../components/Button";
import { count } from "../../components/format";
import { Field } from "../../components/Field";
import { MailFrame } from "../../components/MailFrame";
import { Notice } from "../../components/Notice";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { Loading } from "../../components/States";
import type { Catalogue } from "../../core/catalogue";
import { sentences } from "../../core/fieldProblems";
import { listedLanguage } from "../../core/languages";
import { isByEmail, isBySms, UNRENDERED_SUBJECT, type Channel } from "../../core/templates";

type Outcome = Schema<"Preview">;
type View = "both" | "desktop" | "phone" | "text" | "sms";

const DESKTOP = 680;
const PHONE = 375;

/** Here two screens side by side are too small to be read. */
const NARROW = "(max-width: 700px)";

interface PreviewProps {
  channel: Channel;
  preview: { data: Outcome | undefined; error: unknown; isFetching: boolean };
  occasion: Occasion;
  catalogue: Catalogue;
  /** Tags of the languages that it has, its own first. */
  languages: readonly string[];
  /** What else can be done with it, such as sending a test. */
  actions?: ReactNode;
  onOccasion: (occasion: Occasion) => void;
}

export function Preview({ channel, preview, occasion, catalogue, languages, actions, onOccasion }: PreviewProps) {
  const [chosen, setView] = useState<View>(() => (matchMedia(NARROW).matches ? "phone" : "both"));
  const [isDark, setDark] = useState(false);
  const views: readonly (readonly [View, string])[] = [
    ...(isByEmail(channel)
      ? ([
          ["both", "Side by side"],
          ["desktop", "Desktop"],
          ["phone", "Phone"],
          ["text", "Plain text"],
        ] as const)
      : []),
    ...(isBySms(channel) ? ([["sms", "SMS"]] as const) : []),
  ];
  const view = views.some(([each]) => each === chosen) ? chosen : (views[0]?.[0] ?? "sms");
  const isMail = view === "both" || view === "desktop" || view === "phone";
  return (
    <>
      <div className="preview__head">
        <h2 className="visually-hidden">Preview</h2>
        <OccasionPicker occasion={occasion} catalogue={catalogue} languages={languages} onChange={onOccasion} />
        <div className="preview__views">
          {views.length > 1 && <Segments label="Preview as" options={views} value={view} onChange={setView} />}
          {isMail && (
            <IconButton
              label={isDark ? "Show as on a light screen" : "Show as on a dark screen"}
              icon={isDark ? <Sun size={17} /> : <Moon size={17} />}
              onPress={() => setDark(!isDark)}
            />
          )}
          {actions}
        </div>
      </div>
      {preview.error !== null && (
        <div className="preview__notice">
          <Notice tone="bad">{wordsOf(preview.error, occasion)}</Notice>
        </div>
      )}
      {preview.data ? (
        <div className="preview__outcome" aria-busy={preview.isFetching}>
          {preview.data.problems
            .filter(({ severity }) => severity === "warning")
            .map(({ message, remedy }) => (
              <div key={message} className="preview__notice">
                <Notice tone="warn">{sentences(message, remedy)}</Notice>
              </div>
            ))}
          {isMail && <Mail outcome={preview.data} view={view} isDark={isDark} />}
          {view === "text" && <PlainText text={preview.data.text} />}
          {view === "sms" && <Sms outcome={preview.data} />}
        </div>
      ) : (
        preview.error === null && <Loading what="the preview" />
      )}
    </>
  );
}

interface OccasionPickerProps extends Pick<PreviewProps, "occasion" | "catalogue" | "languages"> {
  onChange: PreviewProps["onOccasion"];
}

function OccasionPicker({ occasion, catalogue, languages, onChange }: OccasionPickerProps) {
  const bookings = useBookings();
  const [isById, setById] = useState(false);
  const known = bookings.data?.pages.flatMap((page) => page.items) ?? [];
  const { trigger, bookingId, locale } = occasion;
  return (
    <div className="preview__occasion">
      <label>
        <span className="muted small">When</span>
        <Select
          options={catalogue.triggers.map(({ event }) => [event, event] as const)}
          value={trigger}
          onChange={(chosen) => onChange({ ...occasion, trigger: chosen })}
        />
      </label>
      <label>
        <span className="muted small">For</span>
        <Select
          options={[
            ["", "A sample booking"],
            ...known.map(({ booking, customer }) => {
              const name = customer && `${customer.first_name} ${customer.last_name}`;
              return [booking.id, [booking.confirmation_code ?? booking.id, name].filter(Boolean).join(" · ")] as const;
            }),
            ["by-id", "Another booking …"],
          ]}
          value={isById ? "by-id" : (bookingId ?? "")}
          onChange={(chosen) => {
            setById(chosen === "by-id");
            onChange({ ...occasion, bookingId: chosen === "by-id" ? null : chosen || null });
          }}
        />
      </label>
      {languages.length > 1 && (
        <label>
          <span className="muted small">In</span>
          <Select
            options={[
              ["", "The guest's language"] as const,
              ...languages.map((tag) => [tag, listedLanguage(tag)] as const),
            ]}
            value={locale ?? ""}
            onChange={(tag) => onChange({ ...occasion, locale: tag || null })}
          />
        </label>
      )}
      {isById && (
        <Field label="Booking">
          {(input) => (
            <BookingPicker
              input={input}
              value={bookingId ?? ""}
              // What is still being typed names no booking: until it does, the sample is shown.
              onChange={(chosen, isKnown) => onChange({ ...occasion, bookingId: isKnown ? chosen : null })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

function Mail({ outcome, view, isDark }: { outcome: Outcome; view: View; isDark: boolean }) {
  const { subject, html } = outcome;
  if (html === null) return <Unrendered what="e-mail" />;
  const words = subject ?? UNRENDERED_SUBJECT;
  return (
    <>
      <p className="preview__subject">
        <span className="muted small">Subject</span> <strong>{words}</strong>
      </p>
      <div className={`screens screens--${view}`}>
        {view !== "phone" && (
          <div className="screen screen--desktop">
            <MailFrame title={`On a desktop: ${words}`} html={html} width={DESKTOP} isDark={isDark} />
          </div>
        )}
        {view !== "desktop" && (
          <div className="screen screen--phone">
            <MailFrame title={`On a phone: ${words}`} html={html} width={PHONE} isDark={isDark} />
          </div>
        )}
      </div>
    </>
  );
}

function PlainText({ text }: { text: string | null }) {
  if (text === null) return <Unrendered what="plain text" />;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="preview__text" tabIndex={0} role="region" aria-label="Plain text of the e-mail">
      {text}
    </pre>
  );
}

function Sms({ outcome: { sms, sms_size } }: { outcome: Outcome }) {
  if (sms === null || !sms_size) return <Unrendered what="SMS" />;
  return (
    <div className="sms-preview">
      <div className="screen screen--sms">
        <div className="sms">
          <p className="sms__bubble">{sms}</p>
        </div>
      </div>
      <dl className="sms-facts">
        <div>
          <dt>Characters</dt>
          <dd>{[...sms].length.toLocaleString()}</dd>
        </div>
        <div>
          <dt>Encoding</dt>
          <dd>{sms_size.encoding}</dd>
        </div>
        <div>
          <dt>Sent and billed as</dt>
          <dd>{count(sms_size.segments, "segment")}</dd>
        </div>
      </dl>
      {sms_size.outside.length > 0 && (
        <p className="muted small">
          The SMS alphabet does not have {sms_size.outside.slice(0, 10).map((each) => `“${each}”`).join(", ")}, so a
          segment holds 70 characters in place of 160.
        </p>
      )}
    </div>
  );
}

function Unrendered({ what }: { what: string }) {
  return (
    <div className="preview__notice">
      <Notice tone="warn">The {what} appears here once its text has no problems.</Notice>
    </div>
  );
}

function wordsOf(error: unknown, { bookingId }: Occasion): string {
  if (error instanceof ApiError && error.isMissing) return `This location has no booking ${bookingId ?? ""}.`;
  return messageOf(error);
}
