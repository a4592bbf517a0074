// One template in the list.
import { Copy, Ellipsis, Mail, MessageSquareText, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { basedOn } from "../../api/client";
import { messageOf } from "../../api/problem";
import { ActiveSwitch } from "../../components/ActiveSwitch";
import { IconButton } from "../../components/Button";
import { Confirm } from "../../components/Dialog";
import { Menu } from "../../components/Menu";
import { Notice } from "../../components/Notice";
import { Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { CATEGORIES, CHANNELS, isByEmail, isBySms, type Channel, type TemplateSummary } from "../../core/templates";
import { useApi, useCurrentLocation } from "../../currentLocation";

export function TemplateRow({ template }: { template: TemplateSummary }) {
  const { api, may, path } = useCurrentLocation();
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <Link href={path(`/templates/${encodeURIComponent(template.id)}`)} className="table__title">
            {template.name}
          </Link>
          <span className="muted small">{template.id}</span>
        </div>
      </Cell>
      <Cell of="Sent as">
        <ChannelSign channel={template.channel} />
      </Cell>
      <Cell of="Category">
        <span className={template.category === "marketing" ? "badge badge--accent" : "badge"}>
          {CATEGORIES[template.category]}
        </span>
      </Cell>
      <Cell of="Last changed" className="muted">
        <Ago at={template.updated_at} />
      </Cell>
      <Cell of="Active">
        <ActiveSwitch
          thing={template}
          of="/templates"
          onStore={(active) =>
            api.PUT("/templates/{template_id}/active", {
              ...basedOn({ template_id: template.id }, template.version),
              body: { active },
            })
          }
        />
      </Cell>
      {may("editor") && (
        <Cell className="row-end">
          <RowMenu template={template} />
        </Cell>
      )}
    </Row>
  );
}

export function ChannelSign({ channel }: { channel: Channel }) {
  return (
    <span className="channel">
      {isByEmail(channel) && <Mail size={15} aria-hidden />}
      {isBySms(channel) && <MessageSquareText size={15} aria-hidden />}
      {CHANNELS[channel]}
    </span>
  );
}

function RowMenu({ template }: { template: TemplateSummary }) {
  const { path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [isDeleting, setDeleting] = useState(false);
  const duplicate = useApi().useMutation("post", "/templates/{template_id}/duplicate", {
    onSuccess: (copied) => {
      report(`Created “${copied.name}”.`);
      navigate(path(`/templates/${encodeURIComponent(copied.id)}`));
    },
    onError: reportFailure,
  });
  return (
    <>
      <Menu
        label={`More for ${template.name}`}
        entries={[
          {
            id: "duplicate",
            label: "Duplicate",
            icon: <Copy size={16} />,
            onAction: () => duplicate.mutate({ params: { path: { template_id: template.id } }, body: {} }),
          },
          "line",
          {
            id: "delete",
            label: "Delete",
            icon: <Trash2 size={16} />,
            isDangerous: true,
            onAction: () => setDeleting(true),
          },
        ]}
      >
        <IconButton label={`More for ${template.name}`} size="small" icon={<Ellipsis size={17} />} />
      </Menu>
      {isDeleting && <DeleteDialog template={template} onClose={() => setDeleting(false)} />}
    </>
  );
}

/** Asks before deleting; an error, which names the workflows that send it, stays in sight. */
function DeleteDialog({ template, onClose }: { template: TemplateSummary; onClose: () => void }) {
  const { report } = useToasts();
  const remove = useApi().useMutation("delete", "/templates/{template_id}", {
    onSuccess: () => {
      report(`Deleted “${template.name}”.`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Delete “${template.name}”?`}
      action="Delete"
      isDangerous
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(basedOn({ template_id: template.id }, template.version))}
      onClose={onClose}
    >
      <p>
        Workflows that are off and drafts may still use it; their steps would fail. A template that an active
        workflow uses cannot be deleted.
      </p>
      {remove.isError && <Notice tone="bad">{reasonOf(remove.error)}</Notice>}
    </Confirm>
  );
}

function reasonOf(failure: unknown): string {
  return messageOf(failure).replace(/^Template id: the/, "Not deleted: the");
}
