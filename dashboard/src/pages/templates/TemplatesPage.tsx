// Dashboard > Marketing > Templates: the texts that workflows send.
import { MailPlus, Plus, Search, SearchX } from "lucide-react";
import { useState } from "react";
import { useTemplates } from "../../api/reads";
import { Button } from "../../components/Button";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { wholeList } from "../../components/wholeList";
import { CATEGORIES, fitting, NO_FILTER, type TemplateFilter } from "../../core/templates";
import { useCurrentLocation } from "../../currentLocation";
import { useColumns } from "../records/RecordRow";
import { AddTemplate } from "./AddTemplate";
import { TemplateRow } from "./TemplateRow";
import "./templates.css";

export default function TemplatesPage() {
  const { may } = useCurrentLocation();
  const [filter, setFilter] = useState<TemplateFilter>(NO_FILTER);
  const [isAdding, setAdding] = useState(false);
  const templates = useTemplates();
  const add = may("editor") && (
    <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
      Add Template
    </Button>
  );
  const choose = (part: Partial<TemplateFilter>) => setFilter({ ...filter, ...part });
  return (
    <Page
      trail={["Dashboard", "Marketing"]}
      title="Templates"
      about="What workflows write to customers and to your people, by e-mail and SMS."
      actions={add}
    >
      <div className="toolbar" role="search">
        <div className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label="Search templates"
            placeholder="Search by name"
            value={filter.text}
            onChange={({ target }) => choose({ text: target.value })}
          />
        </div>
        <select
          className="input"
          aria-label="Sent as"
          value={filter.channel}
          onChange={({ target }) => choose({ channel: target.value as TemplateFilter["channel"] })}
        >
          <option value="">Every channel</option>
          <option value="email">Only e-mail</option>
          <option value="sms">Only SMS</option>
          <option value="both">Both e-mail and SMS</option>
        </select>
        <select
          className="input"
          aria-label="Category"
          value={filter.category}
          onChange={({ target }) => choose({ category: target.value as TemplateFilter["category"] })}
        >
          <option value="">Every category</option>
          {Object.entries(CATEGORIES).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <select
          className="input"
          aria-label="State"
          value={filter.active}
          onChange={({ target }) => choose({ active: target.value as TemplateFilter["active"] })}
        >
          <option value="">Active or not</option>
          <option value="true">Only active</option>
          <option value="false">Only inactive</option>
        </select>
      </div>
      <List
        what="templates"
        query={wholeList(templates, templates.data && fitting(templates.data, filter))}
        columns={useColumns(["Sent as", "Category"])}
        row={(template) => <TemplateRow key={template.id} template={template} />}
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
  );
}

