// Where the operator is: the location, what they may do there, and the API for it.
import { createContext, use } from "react";
import type { Api } from "./api/client";
import { covers, type Identity, type Role } from "./auth/identity";

export interface NamedLocation {
  id: string;
  name: string;
}

export interface CurrentLocation {
  api: Api;
  identity: Identity;
  locationId: string;
  role: Role;
  /** The IANA zone of the location, in whose time zone times are shown; null while it is being read. */
  zone: string | null;
  /** Those that one may switch to, each with its name. */
  locations: readonly NamedLocation[];
  mayAddLocations: boolean;
  /** Gives the calls of another location. */
  apiOf: (locationId: string) => Api;
  /** Reads the locations again. */
  onLocationAdded: () => Promise<void>;
  signOut: () => void;
}

export const CurrentLocationContext = createContext<CurrentLocation | null>(null);

/** Returns the current location; only inside a location's pages. */
export function useCurrentLocation(): CurrentLocation & { may: (least: Role) => boolean; path: (rest: string) => string } {
  const current = use(CurrentLocationContext);
  if (!current) throw new Error("useCurrentLocation is for the pages of a location");
  return {
    ...current,
    may: (least) => covers(current.role, least),
    path: (rest) => `/${encodeURIComponent(current.locationId)}${rest}`,
  };
}

/** Returns the calls of the current location; see `Api`. */
export function useApi(): Api {
  return useCurrentLocation().api;
}
