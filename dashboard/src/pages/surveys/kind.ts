// What a survey has in common with a template, in its own calls and words.
import { basedOn, body, madeOnce, type Schema } from "../../api/client";
import { changedParts, problemsOf, surveyOf, type SurveyContent } from "../../core/surveys";
import { EDITOR, type Kind } from "../records/kinds";

export type Survey = Schema<"SurveyView">;

const LONGEST_NAME = 190;

export const SURVEY: Kind<Survey, SurveyContent> = {
  what: "survey",
  collection: "/surveys",
  tabs: [
    ["results", "Results"],
    [EDITOR, "Questions"],
  ],
  effect: "Links already sent show the new questions too.",
  deletion:
    "Links already sent say that it is closed. A survey that an active workflow uses, or that is the default of the location, cannot be deleted.",
  contentOf: surveyOf,
  problemsOf,
  differences: changedParts,
  create: (api, content, key) => body(api.POST("/surveys", { ...madeOnce(key), body: surveyOf(content) })),
  save: (api, id, revision, content) =>
    body(api.PUT("/surveys/{survey_id}", { ...basedOn({ survey_id: id }, revision), body: surveyOf(content) })),
  setActive: (api, id, revision, active) =>
    body(api.PUT("/surveys/{survey_id}/active", { ...basedOn({ survey_id: id }, revision), body: { active } })),
  duplicate: async (api, id) => {
    const content = await body(api.GET("/surveys/{survey_id}", { params: { path: { survey_id: id } } }));
    const name = `${content.name.slice(0, LONGEST_NAME)} (copy)`;
    return body(api.POST("/surveys", { body: surveyOf({ ...content, name }) }));
  },
  remove: (api, id, revision) => api.DELETE("/surveys/{survey_id}", basedOn({ survey_id: id }, revision)),
};
