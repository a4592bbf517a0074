// The dashboard's own address ends in its folder: the issuer sends people back to that and no other.

/**
 * Takes `index.html` off the address, which the API adds where it cannot serve the folder itself.
 *
 * @param at - Where the page is.
 * @param past - The browser's history, whose entry changes without a load.
 */
export function showFolder(
  at: Pick<Location, "pathname" | "search" | "hash">,
  past: Pick<History, "replaceState">,
): void {
  const folder = at.pathname.replace(/\/index\.html$/, "/");
  if (folder !== at.pathname) past.replaceState(null, "", `${folder}${at.search}${at.hash}`);
}
