// Begins a template: from a blank page, or from a ready-made one as it comes out for the sample booking.
import { FilePlus2 } from "lucide-react";
import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { FIXED, useCatalogue, useTemplatePreview } from "../../api/reads";
import { Dialog } from "../../components/Dialog";
import { MailFrame } from "../../components/MailFrame";
import { Failed, Loading } from "../../components/States";
import type { Catalogue } from "../../core/catalogue";
import { isByEmail, suitedTrigger, type TemplateContent } from "../../core/templates";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { ChannelSign } from "./TemplateRow";

const WIDTH = 620;

export function AddTemplate({ onClose }: { onClose: () => void }) {
  const { path } = useCurrentLocation();
  const [, navigate] = useLocation();
  const gallery = useApi().useQuery("get", "/template-gallery", {}, FIXED);
  const catalogue = useCatalogue();
  const open = (key: string) => navigate(path(`/templates/from/${key}`));
  const failed = [gallery, catalogue].find((query) => query.isError);
  return (
    <Dialog title="Add Template" isOpen isWide onClose={onClose}>
      <p className="muted">
        Start from a ready-made text and change what you like, or write your own. Nothing is stored until you save it.
      </p>
      {failed ? (
        <Failed error={failed.error} onRetry={() => void failed.refetch()} />
      ) : gallery.data && catalogue.data ? (
        <div className="samples">
          <AriaButton className="tile sample" onPress={() => open("blank")}>
            <span className="sample__picture sample__picture--blank">
              <FilePlus2 size={28} aria-hidden />
            </span>
            <span className="sample__title">Blank template</span>
            <span className="muted small">Start from an empty page.</span>
          </AriaButton>
          {gallery.data.items.map(({ key, content }) => (
            <AriaButton key={key} className="tile sample" onPress={() => open(key)}>
              <Sample content={content} catalogue={catalogue.data} />
              <span className="sample__title">{content.name}</span>
              <span className="muted small">
                <ChannelSign channel={content.channel} />
              </span>
            </AriaButton>
          ))}
        </div>
      ) : (
        <Loading what="the gallery" />
      )}
    </Dialog>
  );
}

/** How a ready-made template comes out, small; its words stand beside it, so nobody has to read them here. */
function Sample({ content, catalogue }: { content: TemplateContent; catalogue: Catalogue }) {
  const preview = useTemplatePreview(content, { trigger: suitedTrigger(catalogue, content), bookingId: null });
  return (
    <span className="sample__picture" aria-hidden inert>
      {!preview.data ? (
        <span className="skeleton" style={{ width: "60%" }} />
      ) : isByEmail(content.channel) && preview.data.html ? (
        <MailFrame title={content.name} html={preview.data.html} width={WIDTH} />
      ) : (
        <span className="sms">
          <span className="sms__bubble">{preview.data.sms}</span>
        </span>
      )}
    </span>
  );
}
