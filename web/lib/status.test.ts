import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { BESIDE, BROADCAST, DKIM, DOMAIN, EMAIL, emailStatus, IMPORT, RUN, SITE, TEMPLATE, type Tone, WEBHOOK, WEBHOOK_EVENT } from "./status";

type Colour = [number, number, number];

const THEMES = ["light", "dark"] as const;
const TINT = { light: 0.1, dark: 0.14 };
const css = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
const tokens = new Map<string, Record<(typeof THEMES)[number], Colour>>();
for (const [, name = "", light = "", dark = ""] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) {
  tokens.set(name, { light: colour(light), dark: colour(dark) });
}

function colour(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Colour;
}

function over(top: Colour, share: number, ground: Colour): Colour {
  return top.map((part, index) => part * share + (ground[index] ?? 0) * (1 - share)) as Colour;
}

/** WCAG 2.2: relative luminance, then the ratio. */
function contrast(one: Colour, other: Colour): number {
  const [light = 0, dark = 0] = [one, other].map(luminance).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(parts: Colour): number {
  const [r = 0, g = 0, b = 0] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function token(name: string, theme: (typeof THEMES)[number]): Colour {
  const found = tokens.get(name)?.[theme];
  if (!found) throw new Error(`There is no token ${name}`);
  return found;
}

const GROUNDS = ["bg", "surface", "raised", "hover", "selected", "code"];
const ROWS = ["bg", "surface", "hover", "selected"];
const TONES: Tone[] = ["good", "bad", "warn", "info", "plum", "quiet"];

describe.each(THEMES)("in the %s theme", (theme) => {
  test.each(["text", "text-2", "text-3", "accent"])("%s can be read on every ground", (name) => {
    for (const ground of GROUNDS) {
      expect(contrast(token(name, theme), token(ground, theme)), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each(TONES)("%s can be read on its tint, on every row", (tone) => {
    expect(css).toMatch(new RegExp(`--${tone}-tint: .*/ 0\\.1\\).*/ 0\\.14\\)`));
    for (const ground of ROWS) {
      const tint = over(token(tone, theme), TINT[theme], token(ground, theme));
      expect(contrast(token(tone, theme), tint), `${tone} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each([
    ["on-accent", "accent"],
    ["on-accent", "accent-hover"],
    ["on-bad", "bad"],
    ["warn", "strip"],
    ["warn", "strip-hatch"],
  ])("%s can be read on %s", (name, ground) => {
    expect(contrast(token(name, theme), token(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["edge", "ring"])("%s can be told from every ground", (name) => {
    for (const ground of ["bg", "surface", "raised"]) {
      expect(contrast(token(name, theme), token(ground, theme)), `${name} on ${ground}`).toBeGreaterThanOrEqual(3);
    }
  });
});

describe("the states", () => {
  test("of a mail are all those that the API tells", () => {
    const source = readFileSync(new URL("../../mailit/events.py", import.meta.url), "utf8");
    const told = [...source.matchAll(/"email\.(\w+)"/g)].map((one) => one[1] ?? "");
    expect(told.length).toBeGreaterThan(10);
    expect(Object.keys(EMAIL).sort()).toEqual([...new Set(told)].sort());
  });

  test("have a word, a tone and an icon each, and no two of a kind look the same", () => {
    for (const kind of [EMAIL, BESIDE, BROADCAST, WEBHOOK_EVENT, SITE, DKIM, IMPORT]) {
      const looks = Object.values(kind).map((one) => `${one.word} ${one.icon}`);
      expect(new Set(looks).size).toBe(looks.length);
    }
    for (const kind of [EMAIL, BESIDE, DOMAIN, BROADCAST, WEBHOOK, WEBHOOK_EVENT, TEMPLATE, IMPORT, RUN, SITE, DKIM]) {
      for (const one of Object.values(kind)) {
        expect(TONES).toContain(one.tone);
        expect(one.word).not.toBe("");
        expect(one.icon).toMatch(/^[a-z0-9-]+$/);
      }
    }
  });

  test("of a newer server keep their own name", () => {
    expect(emailStatus("teleported").word).toBe("teleported");
  });
});
