import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Gathered } from "./live";

describe("what arrives", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("is given at once when it is quiet, then in lots of a second", () => {
    const lots: number[][] = [];
    const gathered = new Gathered<number>((lot) => lots.push(lot));
    gathered.add(1);
    vi.advanceTimersByTime(50);
    expect(lots).toEqual([[1]]);
    gathered.add(2);
    vi.advanceTimersByTime(500);
    gathered.add(3);
    expect(lots).toEqual([[1]]);
    vi.advanceTimersByTime(500);
    expect(lots).toEqual([[1], [2, 3]]);
    gathered.stop();
  });
});
