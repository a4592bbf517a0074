// Hands the catalogue to the nodes of a canvas.
import { createContext } from "react";
import type { Catalogue } from "../../core/catalogue";

export const CatalogueContext = createContext<Catalogue | null>(null);
