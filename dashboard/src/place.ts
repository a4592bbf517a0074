// Where the operator is: the location, what they may do there, and the API for it.
import { createContext, use } from "react";
import type { Api } from "./api/client";
import { covers, type Identity, type Role } from "./auth/identity";

export interface Place {
  api: Api;
  identity: Identity;
  locationId: string;
  role: Role;
  /** The IANA zone of the location, by whose clocks times are told; null while it is being read. */
  zone: string | null;
  signOut: () => void;
}

export const PlaceContext = createContext<Place | null>(null);

/** Returns the place; only inside a location's pages. */
export function usePlace(): Place & { may: (least: Role) => boolean; path: (rest: string) => string } {
  const place = use(PlaceContext);
  if (!place) throw new Error("usePlace is for the pages of a location");
  return {
    ...place,
    may: (least) => covers(place.role, least),
    path: (rest) => `/${encodeURIComponent(place.locationId)}${rest}`,
  };
}
