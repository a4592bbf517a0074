// In the place of all pages while the deployment has no location.
import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Api } from "../../api/client";
import { newQueryClient } from "../../api/queries";
import { AddLocation } from "./AddLocation";

interface AddFirstLocationProps {
  apiOf: (locationId: string) => Api;
  onAdded: () => Promise<void>;
}

export default function AddFirstLocation({ apiOf, onAdded }: AddFirstLocationProps) {
  const queries = useMemo(() => newQueryClient(), []);
  return (
    <QueryClientProvider client={queries}>
      <main>
        <AddLocation apiOf={apiOf} onAdded={() => void onAdded()} />
      </main>
    </QueryClientProvider>
  );
}
