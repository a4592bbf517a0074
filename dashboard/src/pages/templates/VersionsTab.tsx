// The versions of a template: each with its preview, and copied to the editor.
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { FIXED, useHomeLanguage, useTemplatePreview, type Occasion } from "../../api/reads";
import { Button } from "../../components/Button";
import { Failed, Loading } from "../../components/States";
import { Ago } from "../../components/Time";
import { Versions } from "../../components/Versions";
import type { Catalogue } from "../../core/catalogue";
import { changedFields, contentOf, type TemplateContent } from "../../core/templates";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { Preview } from "./Preview";

interface VersionsTabProps {
  template: Schema<"TemplateView">;
  /** What stands in the editor. */
  current: TemplateContent;
  occasion: Occasion;
  catalogue: Catalogue;
  onOccasion: (occasion: Occasion) => void;
  onTake: (content: TemplateContent) => void;
}

export function VersionsTab(props: VersionsTabProps) {
  const { template } = props;
  const versions = useApi().useQuery("get", "/templates/{template_id}/versions", {
    params: { path: { template_id: template.id }, query: { limit: 100 } },
  });
  const [chosen, setChosen] = useState<number | null>(null);
  if (versions.isError && !versions.data) {
    return <Failed error={versions.error} onRetry={() => void versions.refetch()} />;
  }
  if (!versions.data) return <Loading what="the versions" />;
  const shown = chosen ?? template.version;
  return (
    <div className="template-versions">
      <aside className="template-versions__list" aria-label="Versions">
        <h2>Versions</h2>
        <p className="muted small">Each save makes one. Messages use the newest.</p>
        <Versions
          versions={versions.data.items}
          shown={shown}
          inUse={template.version}
          note={({ updated_at, name, active }) => (
            <>
              <Ago at={updated_at} isInline />
              {name !== template.name && ` · ${name}`}
              {!active && " · inactive"}
            </>
          )}
          onChoose={setChosen}
        />
      </aside>
      <Version key={shown} {...props} version={shown} />
    </div>
  );
}

function Version({ version, template, current, occasion, catalogue, onOccasion, onTake }: VersionsTabProps & { version: number }) {
  const { may } = useCurrentLocation();
  const of = { params: { path: { template_id: template.id, version } } };
  const found = useApi().useQuery("get", "/templates/{template_id}/versions/{version}", of, FIXED);
  const content = contentOf(found.data ?? template);
  const home = useHomeLanguage();
  const preview = useTemplatePreview(content, occasion, found.data !== undefined);
  if (found.isError) return <Failed error={found.error} onRetry={() => void found.refetch()} />;
  const differing = changedFields(current, content);
  return (
    <section className="editing__outcome" aria-label={`Version ${version}`}>
      <div className="template-versions__head">
        <p className="small" role="status">
          {!found.data
            ? "Loading …"
            : differing.length === 0
              ? "Same as the editor."
              : `Differs from the editor in: ${differing.join(", ")}.`}
        </p>
        {may("editor") && differing.length > 0 && (
          <Button
            size="small"
            icon={<RotateCcw size={15} />}
            isDisabled={!found.data}
            onPress={() => onTake(content)}
          >
            Copy to the editor
          </Button>
        )}
      </div>
      <Preview
        channel={content.channel}
        preview={preview}
        occasion={occasion}
        catalogue={catalogue}
        languages={[content.language ?? home, ...Object.keys(content.translations ?? {})]}
        onOccasion={onOccasion}
      />
    </section>
  );
}
