// The location's own words in the place of Bookflow's: each text with its default, beside the pages and e-mails.
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { basedOn, body, type Schema } from "../../api/client";
import { FIXED, useSettings } from "../../api/reads";
import { Button } from "../../components/Button";
import { count } from "../../components/format";
import { MailFrame } from "../../components/MailFrame";
import { Notice } from "../../components/Notice";
import { Select } from "../../components/Select";
import { StaleSave } from "../../components/StaleSave";
import { Failed, Loading } from "../../components/States";
import { useSettled } from "../../components/useSettled";
import { useToasts } from "../../components/toasts";
import { fieldProblemsAt, sentences, type FieldProblem } from "../../core/fieldProblems";
import { languageName, languageOptions, USUAL_LANGUAGES } from "../../core/languages";
import { ownCount, partsOf, withWording, type WordSample, type Wordings } from "../../core/wordings";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { useEdited, type Saved } from "../records/useEdited";
import { useSaving } from "../records/useSaving";
import { WordingField } from "./WordingField";
import "./wordings.css";

type SettingsView = Schema<"SettingsView">;

/** Waited for after a key before the pages are made again: a location may make 60 a minute. */
const TYPING_MS = 700;
const PAGE_WIDTH = 480;

export function WordingSettings() {
  const settings = useSettings();
  if (settings.isError && !settings.data) {
    return <Failed error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  if (!settings.data) return <Loading what="the settings" />;
  return <WordingForm loaded={settings.data} />;
}

interface Edits {
  wordings: Wordings;
}

function savedOf({ settings, location, revision }: SettingsView): Saved<Edits> {
  const own = (settings as Partial<Edits>).wordings ?? (location?.wordings as Wordings | undefined);
  return { value: { wordings: own ?? {} }, revision };
}

function WordingForm({ loaded }: { loaded: SettingsView }) {
  const { api, may } = useCurrentLocation();
  const { report } = useToasts();
  const edited = useEdited<Edits>("wordings", savedOf(loaded));
  const { wordings } = edited.value;
  const saving = useSaving({
    edited,
    of: "/settings",
    stored: savedOf(loaded),
    isNew: false,
    check: () => [],
    write: (changed, revision) => {
      // The contract's types call fields with a default required; the API does not.
      const settings = { ...loaded.settings, ...changed } as unknown as Schema<"LocationSettings">;
      return body(api.PUT("/settings", { ...basedOn(undefined, revision), body: settings }));
    },
    savedOf,
    onSaved: () => report("Saved the words."),
  });

  const home = (loaded.location?.locale ?? "en").split("-")[0] ?? "en";
  const [language, setLanguage] = useState<string>(home);
  const [chosenPart, setPart] = useState<string | null>(null);
  const words = useApi().useQuery("get", "/wordings/{language}", { params: { path: { language } } }, FIXED);
  const preview = useWordsPreview(language, useSettled(wordings, TYPING_MS)[language] ?? {});
  const tags = [...new Set([...USUAL_LANGUAGES, home, ...Object.keys(wordings)])];
  const isReadOnly = !may("admin");
  const found: FieldProblem[] = (preview.data?.problems ?? []).map(({ id, message, remedy }) => ({
    field: `wordings.${language}.${id}`,
    text: sentences(message, remedy),
  }));

  if (words.isError) return <Failed error={words.error} onRetry={() => void words.refetch()} />;
  if (!words.data) return <Loading what="the texts" />;
  const { texts, direction, is_translated: isTranslated } = words.data;
  const parts = partsOf(texts);
  const part = chosenPart ?? parts[0] ?? "";
  const ownOf = (each: string) => texts.filter(({ id, part: of }) => of === each && wordings[language]?.[id]).length;
  return (
    <form
      className="wordings"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        saving.save();
      }}
    >
      {isReadOnly && <Notice>View only. An admin of the location can change the settings.</Notice>}
      <div className="card wordings__choice">
        <p className="muted small">
          What Bookflow adds to messages and pages. Leave a text empty to use Bookflow’s own words.
        </p>
        <label>
          <span className="muted small">Language</span>
          <Select
            options={languageOptions(tags).map(([tag, name]) => [tag, withCount(name, ownCount(wordings, tag))] as const)}
            value={language}
            onChange={setLanguage}
          />
        </label>
        <label>
          <span className="muted small">Part</span>
          <Select
            options={parts.map((each) => [each, withCount(each, ownOf(each))] as const)}
            value={part}
            onChange={setPart}
          />
        </label>
        {!isTranslated && (
          <Notice tone="warn">
            Bookflow has no texts in {languageName(language)}. A text that you leave empty is in English.
          </Notice>
        )}
      </div>
      <div className="wordings__body">
        <section className="card wordings__fields" aria-label={part}>
          {texts
            .filter((text) => text.part === part)
            .map((text) => (
              <WordingField
                key={`${language} ${text.id}`}
                text={text}
                language={language}
                direction={direction}
                wordings={wordings}
                problems={fieldProblemsAt([...found, ...saving.problems], `wordings.${language}.${text.id}`)}
                isReadOnly={isReadOnly}
                onChange={(words) => saving.change({ wordings: withWording(wordings, language, text.id, words) })}
              />
            ))}
        </section>
        <Samples key={part} samples={(preview.data?.samples ?? []).filter((sample) => sample.part === part)} />
      </div>
      {!isReadOnly && (
        <div className="settings__foot">
          <p className="muted small" role="status">
            {saving.failure ?? (edited.isChanged ? "Unsaved changes" : "")}
          </p>
          <Button isDisabled={!edited.isChanged || saving.isBusy} onPress={saving.discard}>
            Undo changes
          </Button>
          <Button type="submit" look="primary" isPending={saving.isBusy} isDisabled={!edited.isChanged}>
            Save words
          </Button>
        </div>
      )}
      {saving.isStale && (
        <StaleSave
          what="location’s settings"
          differing={loaded.revision === edited.revision ? null : ["Words"]}
          isBusy={saving.isBusy}
          onTakeTheirs={saving.takeTheirs}
          onKeepMine={saving.keepMine}
        />
      )}
    </form>
  );
}

function useWordsPreview(language: string, texts: Record<string, string>) {
  return useApi().useQuery(
    "post",
    "/wordings/preview",
    { body: { language, texts } },
    { ...FIXED, placeholderData: keepPreviousData },
  );
}

/** The pages and e-mails that the texts of a part stand in, one at a time. */
function Samples({ samples }: { samples: readonly WordSample[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = samples.find(({ title }) => title === chosen) ?? samples[0];
  return (
    <section className="card wordings__preview" aria-label="Preview">
      {samples.length > 1 && (
        <Select
          aria-label="Preview of"
          options={samples.map(({ title }) => [title, title] as const)}
          value={shown?.title ?? ""}
          onChange={setChosen}
        />
      )}
      {shown ? (
        <>
          {shown.subject && (
            <p className="small">
              <span className="muted">Subject</span> <strong dir="auto">{shown.subject}</strong>
            </p>
          )}
          <div className="screen wordings__screen">
            <MailFrame title={shown.title} html={shown.html} width={PAGE_WIDTH} />
          </div>
        </>
      ) : (
        <Loading what="the preview" />
      )}
    </section>
  );
}

function withCount(name: string, own: number): string {
  return own > 0 ? `${name} · ${count(own, "own text")}` : name;
}
