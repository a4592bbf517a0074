// Dashboard > Marketing > Templates: the texts that workflows send.
import { useMutation } from "@tanstack/react-query";
import { MailPlus, Plus, SearchX } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { body } from "../../api/client";
import { useHomeLanguage, useTemplates } from "../../api/reads";
import { Button } from "../../components/Button";
import { FileDrop, ImportButton } from "../../components/FileDrop";
import { readTemplateFile } from "../../components/files";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { wholeList } from "../../components/wholeList";
import { CATEGORIES, fitting, NO_FILTER, type TemplateFilter } from "../../core/templates";
import { useCurrentLocation } from "../../currentLocation";
import { useColumns } from "../records/RecordRow";
import { AddTemplate } from "./AddTemplate";
import { TemplateRow } from "./TemplateRow";
import "./templates.css";

export default function TemplatesPage() {
  const { api, may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState<TemplateFilter>(NO_FILTER);
  const [isAdding, setAdding] = useState(false);
  const templates = useTemplates();
  const home = useHomeLanguage();
  const { mutate: take } = useMutation({
    scope: { id: "import" },
    mutationFn: async (file: File) =>
      body(api.POST("/templates/import", { body: { template: await readTemplateFile(file) } })),
    meta: { changes: ["/templates"] },
    onSuccess: ({ id, name }) => {
      report(`Imported “${name}”.`);
      navigate(path(`/templates/${encodeURIComponent(id)}`));
    },
    onError: reportFailure,
  });
  const takeAll = (files: File[]) => files.forEach((file) => take(file));

  const add = may("editor") && (
    <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
      Add Template
    </Button>
  );
  const choose = (part: Partial<TemplateFilter>) => setFilter({ ...filter, ...part });
  return (
    <FileDrop what="template" isOffered={may("editor")} onDrop={takeAll}>
      <Page
        trail={["Dashboard", "Marketing"]}
        title="Templates"
        about="What workflows write to customers and to your people, by e-mail and SMS."
        actions={
          may("editor") && (
            <>
              <ImportButton onFiles={takeAll} />
              {add}
            </>
          )
        }
      >
        <div className="toolbar" role="search">
          <SearchInput
            label="Search templates"
            placeholder="Search by name"
            value={filter.text}
            onChange={(text) => choose({ text })}
          />
          <Select
            aria-label="Sent as"
            options={{ "": "Every channel", email: "Only e-mail", sms: "Only SMS", both: "Both e-mail and SMS" }}
            value={filter.channel}
            onChange={(channel) => choose({ channel })}
          />
          <Select
            aria-label="Category"
            options={{ "": "Every category", ...CATEGORIES }}
            value={filter.category}
            onChange={(category) => choose({ category })}
          />
          <Select
            aria-label="State"
            options={{ "": "Active or not", true: "Only active", false: "Only inactive" }}
            value={filter.active}
            onChange={(active) => choose({ active })}
          />
        </div>
        <List
          what="templates"
          query={wholeList(templates, templates.data && fitting(templates.data, filter))}
          columns={useColumns(["Sent as", "Languages", "Category"])}
          row={(template) => <TemplateRow key={template.id} template={template} home={home} />}
          empty={
            templates.data?.length ? (
              <Empty
                icon={<SearchX size={24} />}
                title="Nothing found"
                actions={<Button onPress={() => setFilter(NO_FILTER)}>Show all templates</Button>}
              >
                No template matches your search.
              </Empty>
            ) : (
              <Empty icon={<MailPlus size={24} />} title="No templates yet" actions={add}>
                A template is a message with blanks that Bookflow fills in for each booking. Start from a
                ready-made one: they look right in mail programs and on phones.
              </Empty>
            )
          }
        />
        {isAdding && <AddTemplate onClose={() => setAdding(false)} />}
      </Page>
    </FileDrop>
  );
}

