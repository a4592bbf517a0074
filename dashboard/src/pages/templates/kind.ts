// What a template has in common with a survey, in its own calls and words.
import { basedOn, body, madeOnce, type Schema } from "../../api/client";
import { download } from "../../components/files";
import { changedFields, contentOf, problemsOf, type TemplateContent } from "../../core/templates";
import { EDITOR, type Kind } from "../records/kinds";

export type Template = Schema<"TemplateView">;

export const TEMPLATE: Kind<Template, TemplateContent> = {
  what: "template",
  collection: "/templates",
  tabs: [
    [EDITOR, "Editor"],
    ["versions", "Versions"],
  ],
  effect: "New messages use it.",
  deletion:
    "Workflows that are off and drafts may still use it; their steps would fail. A template that an active workflow uses cannot be deleted.",
  contentOf,
  problemsOf,
  differences: changedFields,
  create: (api, content, key) => body(api.POST("/templates", { ...madeOnce(key), body: contentOf(content) })),
  save: (api, id, revision, content) =>
    body(api.PUT("/templates/{template_id}", { ...basedOn({ template_id: id }, revision), body: contentOf(content) })),
  setActive: (api, id, revision, active) =>
    body(api.PUT("/templates/{template_id}/active", { ...basedOn({ template_id: id }, revision), body: { active } })),
  duplicate: (api, id) =>
    body(api.POST("/templates/{template_id}/duplicate", { params: { path: { template_id: id } }, body: {} })),
  download: async (api, id) =>
    download(await body(api.GET("/templates/{template_id}/export", { params: { path: { template_id: id } } }))),
  remove: (api, id, revision) => api.DELETE("/templates/{template_id}", basedOn({ template_id: id }, revision)),
};
