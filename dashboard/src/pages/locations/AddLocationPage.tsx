// The page on which somebody with a role everywhere adds a location.
import { useLocation } from "wouter";
import { useCurrentLocation } from "../../currentLocation";
import { AddLocation } from "./AddLocation";

export default function AddLocationPage() {
  const { apiOf, onLocationAdded } = useCurrentLocation();
  const [, navigate] = useLocation();
  return (
    <AddLocation
      apiOf={apiOf}
      onAdded={(id) => void onLocationAdded().then(() => navigate(`/${encodeURIComponent(id)}/home`))}
    />
  );
}
