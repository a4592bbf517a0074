// For admins: a guest's data as a file, and the guest's erasure.
import { useMutation } from "@tanstack/react-query";
import { ChevronDown, Download, Eraser, UserRound } from "lucide-react";
import { useState } from "react";
import { body, type Schema } from "../../api/client";
import { READS } from "../../api/queries";
import { Button } from "../../components/Button";
import { saveJson } from "../../components/files";
import { Menu } from "../../components/Menu";
import { useToasts } from "../../components/toasts";
import { wholeExport, type CustomerExport } from "../../core/guests";
import { useApi } from "../../currentLocation";
import { EraseDialog } from "./EraseDialog";

type Booking = Schema<"BookingView">;

export function GuestData({ of: { booking, customer } }: { of: Booking }) {
  // While the dialog is open the guest vanishes from the booking: it goes on with whom it began with.
  const [erased, setErased] = useState<Booking | null>(null);
  if (!customer && !erased) return null;
  return (
    <>
      {customer && <GuestMenu customerId={customer.id} onErase={() => setErased({ booking, customer, activity: null })} />}
      {erased?.customer && (
        <EraseDialog booking={erased.booking} customer={erased.customer} onClose={() => setErased(null)} />
      )}
    </>
  );
}

function GuestMenu({ customerId, onErase }: { customerId: string; onErase: () => void }) {
  const { report, reportFailure } = useToasts();
  const api = useApi();
  const save = useMutation({
    ...READS,
    mutationFn: async () => {
      const pages: CustomerExport[] = [];
      let cursor: string | null | undefined;
      do {
        const params = { path: { customer_id: customerId }, query: cursor ? { cursor } : {} };
        const page: CustomerExport = await body(api.GET("/customers/{customer_id}/export", { params }));
        pages.push(page);
        cursor = page.next_cursor;
      } while (cursor);
      saveJson(`guest-${customerId}`, wholeExport(pages));
    },
    onSuccess: () => report("Saved the guest's data as a file."),
    onError: reportFailure,
  });
  return (
    <Menu
      label="The guest's data"
      entries={[
        { id: "export", label: "Export data", icon: <Download size={16} />, onAction: () => save.mutate() },
        { id: "erase", label: "Erase guest…", icon: <Eraser size={16} />, isDangerous: true, onAction: onErase },
      ]}
    >
      <Button icon={<UserRound size={16} />} isPending={save.isPending}>
        Guest <ChevronDown size={15} aria-hidden />
      </Button>
    </Menu>
  );
}
