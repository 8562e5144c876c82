/** Half-open spans of numbers, `[from, to)`, and the little algebra that calendars need. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** In order, with overlapping and touching spans made one. */
export function unite(spans: readonly Span[]): Span[] {
  const united: { from: number; to: number }[] = [];
  for (const { from, to } of inOrder(spans)) {
    const last = united.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else united.push({ from, to });
  }
  return united;
}

/** What of `spans` is left outside `holes`; both must be united. */
export function subtract(spans: readonly Span[], holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let first = 0;
  for (const { from, to } of spans) {
    let start = from;
    while (first < holes.length && (holes[first]?.to ?? 0) <= from) first++;
    for (let index = first; index < holes.length; index++) {
      const hole = holes[index];
      if (hole === undefined || hole.from >= to) break;
      if (hole.from > start) left.push({ from: start, to: hole.from });
      start = Math.max(start, hole.to);
    }
    if (start < to) left.push({ from: start, to });
  }
  return left;
}

/** What of `spans` lies in `[from, to)`. */
export function clip(spans: readonly Span[], from: number, to: number): Span[] {
  const inside: Span[] = [];
  for (const span of spans) {
    const start = Math.max(span.from, from);
    const end = Math.min(span.to, to);
    if (start < end) inside.push({ from: start, to: end });
  }
  return inside;
}

/** Nearly always they are in order already, and looking is cheaper than sorting. */
function inOrder(spans: readonly Span[]): readonly Span[] {
  const sorted = spans.every((span, index) => index === 0 || (spans[index - 1]?.from ?? 0) <= span.from);
  return sorted ? spans : [...spans].sort((a, b) => a.from - b.from);
}
