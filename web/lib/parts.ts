/** A row of a long list, by its index, or the height of those that are not drawn before an index. */
export type Part = { index: number } | { gap: number; before: number };

/** The rows from `from` up to `to` and the current one, in their order, with gaps in place of all others. */
export function parts(count: number, from: number, to: number, current: number, height: number): Part[] {
  const end = Math.min(count, to);
  const begin = Math.min(from, end);
  const rows = Array.from({ length: end - begin }, (_, step) => begin + step);
  if (current < begin) rows.unshift(current);
  else if (current >= end && current < count) rows.push(current);
  const all: Part[] = [];
  let next = 0;
  for (const index of rows) {
    if (index > next) all.push({ gap: (index - next) * height, before: index });
    all.push({ index });
    next = index + 1;
  }
  if (next < count) all.push({ gap: (count - next) * height, before: count });
  return all;
}
