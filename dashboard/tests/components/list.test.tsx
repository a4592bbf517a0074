// A long list: what is in sight is on the page, and no more.
// @vitest-environment jsdom
import { act, cleanup, configure, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { List } from "../../src/components/List";
import { Cell, Row } from "../../src/components/Table";
import { wholeList } from "../../src/components/wholeList";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

const HEIGHT = 66;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(HEIGHT);
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(() => new DOMRect(0, -scrollY, 800, HEIGHT));
  vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
});
afterEach(cleanup);

function shown(count: number) {
  const drawn = vi.fn();
  const query = { isError: false, error: null, refetch: () => Promise.resolve() };
  render(
    <List
      what="things"
      query={wholeList(query, Array.from({ length: count }, (_, number) => number))}
      columns={["Name"]}
      row={(number) => {
        drawn(number);
        return (
          <Row key={number}>
            <Cell>Row {number}</Cell>
          </Row>
        );
      }}
      empty="nothing"
    />,
  );
  return drawn;
}

const rows = () => screen.getAllByRole("row").slice(1);

describe("a list", () => {
  it.each([1, 99, 100])("of %i rows is on the page whole", (count) => {
    shown(count);
    expect(rows()).toHaveLength(count);
    expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBeNull();
  });

  it.each([101, 1_000, 10_000])("of %i rows draws those in sight", async (count) => {
    const drawn = shown(count);
    await screen.findByText("Row 0");
    expect(rows().length).toBeLessThan(60);
    expect(new Set(drawn.mock.calls.map(([number]) => number as number)).size).toBeLessThan(60);
    expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe(String(count + 1));
    expect(rows()[0]?.getAttribute("aria-rowindex")).toBe("2");
  });

  it("draws what is scrolled to, and keeps its length", async () => {
    shown(1_000);
    await screen.findByText("Row 0");
    act(() => {
      Object.defineProperty(window, "scrollY", { value: 500 * HEIGHT, configurable: true });
      dispatchEvent(new Event("scroll"));
    });
    expect(screen.getByText("Row 500")).toBeTruthy();
    expect(screen.queryByText("Row 0")).toBeNull();
    const spaces = [...document.querySelectorAll<HTMLElement>(".table__space > td")].map((cell) => parseFloat(cell.style.height));
    const all = spaces.reduce((sum, space) => sum + space, 0) + rows().length * HEIGHT;
    expect(all).toBeCloseTo(1_000 * HEIGHT, 0);
    Object.defineProperty(window, "scrollY", { value: 0, configurable: true });
  });
});
