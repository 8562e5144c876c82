import type { ChaosDesk } from './chaos-desk.js';

/**
 * How much of it: `full` is what the promised figures are about and judges all of them; `short` shows that nothing is lost and nothing
 * done twice, and judges no milliseconds, for a machine that has other work too.
 */
export type Scale = 'full' | 'short';

/** One line of the table: what was seen, beside what must be. */
export interface Figure {
  readonly what: string;
  readonly seen: string;
  readonly bar: string;
  readonly holds: boolean;
  /** Whether the machine's speed has a part in it; such figures are not judged at the short scale. */
  readonly timed: boolean;
}

/** One line of what was promised, put to the test. */
export interface Scenario {
  readonly name: string;
  /** In a few words. */
  readonly promise: string;
  run(desk: ChaosDesk, scale: Scale): AsyncIterable<Figure>;
}

/** So many of something that must not be, or must be exactly so many. */
export function count(what: string, seen: number, wanted: number): Figure {
  const words = (value: number): string => value.toLocaleString('en');
  return { what, seen: words(seen), bar: words(wanted), holds: seen === wanted, timed: false };
}

/** Something that either is so or not. */
export function fact(what: string, holds: boolean, seen = holds ? 'yes' : 'no'): Figure {
  return { what, seen, bar: 'yes', holds, timed: false };
}

/** Something worth knowing that is not judged. */
export function remark(what: string): Figure {
  return { what, seen: '', bar: '', holds: true, timed: false };
}

/** A single span of time. */
export function span(what: string, milliseconds: number, atMost: number): Figure {
  return {
    what,
    seen: duration(milliseconds),
    bar: `≤ ${duration(atMost)}`,
    holds: milliseconds <= atMost,
    timed: true,
  };
}

/** Spans of time, by p50, p99 and the longest of them; the 99th percentile, or the longest, is what is judged. */
export function distribution(
  what: string,
  milliseconds: readonly number[],
  bar: { readonly p99: number } | { readonly max: number } | null,
): Figure {
  const { p50, p99, max } = summary(milliseconds);
  const judged =
    bar === null
      ? null
      : 'p99' in bar
        ? { name: 'p99', seen: p99, atMost: bar.p99 }
        : { name: 'max', seen: max, atMost: bar.max };
  return {
    what: `${what} (${milliseconds.length.toLocaleString('en')})`,
    seen: milliseconds.length === 0 ? 'none' : `p50 ${duration(p50)}, p99 ${duration(p99)}, max ${duration(max)}`,
    bar: judged === null ? '' : `${judged.name} ≤ ${duration(judged.atMost)}`,
    holds: milliseconds.length > 0 && (judged === null || judged.seen <= judged.atMost),
    timed: true,
  };
}

export function summary(values: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function duration(milliseconds: number): string {
  return Math.abs(milliseconds) < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
