import { describe, expect, test } from "vitest";

import { parts } from "./parts";

const drawn = (all: ReturnType<typeof parts>) => all.flatMap((part) => ("index" in part ? [part.index] : []));
const height = (all: ReturnType<typeof parts>) => all.reduce((sum, part) => sum + ("gap" in part ? part.gap : 41), 0);

describe("a long list", () => {
  test.each([
    ["at its top", 0, 5, 0, [0, 1, 2, 3, 4]],
    ["in its middle", 50, 53, 51, [50, 51, 52]],
    ["away from the current row above", 50, 53, 7, [7, 50, 51, 52]],
    ["away from the current row below", 50, 53, 90, [50, 51, 52, 90]],
    ["at its end", 98, 120, 99, [98, 99]],
    ["scrolled past its end", 200, 220, 99, [99]],
  ])("%s draws what is around the screen and the current row", (_, from, to, current, rows) => {
    const all = parts(100, from, to, current, 41);
    expect(drawn(all)).toEqual(rows);
    expect(height(all)).toBe(4100);
  });

  test("without rows has no parts", () => {
    expect(parts(0, 0, 24, 0, 41)).toEqual([]);
  });
});
