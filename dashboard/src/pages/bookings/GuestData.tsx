// For admins: a guest's data as a file, and the guest's erasure.
import { ChevronDown, Download, Eraser, UserRound } from "lucide-react";
import { useState } from "react";
import { useGuestCalls } from "../../api/guests";
import { type Booking } from "../../api/records";
import { Button } from "../../components/Button";
import { saveJson } from "../../components/files";
import { Menu } from "../../components/Menu";
import { useToasts } from "../../components/toasts";
import { wholeExport } from "../../core/guests";
import { EraseDialog } from "./EraseDialog";

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
  const calls = useGuestCalls(customerId);
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      saveJson(`guest-${customerId}`, wholeExport(await calls.read()));
      report("Saved the guest's data as a file.");
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu
      label="The guest's data"
      entries={[
        { id: "export", label: "Export data", icon: <Download size={16} />, onAction: () => void save() },
        { id: "erase", label: "Erase guest…", icon: <Eraser size={16} />, isDangerous: true, onAction: onErase },
      ]}
    >
      <Button icon={<UserRound size={16} />} isPending={isBusy}>
        Guest <ChevronDown size={15} aria-hidden />
      </Button>
    </Menu>
  );
}
