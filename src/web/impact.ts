import { impactInWords } from '../sla/impact-in-words.js';
import type { Fate, Foretold, Impact } from '../sla/rehearsal.js';
import { metricName } from './clock-chip.js';

/** What a change would do to running clocks, for `partials/impact`. */
export interface ImpactModel {
  readonly tone: 'calm' | 'warning' | 'danger';
  readonly symbol: string;
  readonly sentences: readonly string[];
  readonly note: string | null;
  readonly examples: readonly ShownExample[];
}

interface ShownExample {
  readonly ticket: number;
  readonly href: string;
  readonly metric: string;
  readonly what: string;
  readonly bad: boolean;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly why: string;
}

export function impactModel(impact: Impact): ImpactModel {
  const { breach, uncountable, same, complete, allClocks } = impact;
  const touched = impact.moved + impact.noLonger + impact.started + impact.ended;
  const tone = breach > 0 ? 'danger' : touched + uncountable > 0 || !complete ? 'warning' : 'calm';
  return {
    tone,
    symbol: { danger: 'siren', warning: 'timer', calm: 'circle-check' }[tone],
    sentences: impactInWords(impact),
    note: same || allClocks === 0 ? null : noteOn(impact),
    examples: impact.examples.map(shown),
  };
}

function noteOn({ clocks, tickets, complete }: Impact): string {
  const looked = `${amount(clocks)} ${clocks === 1 ? 'clock' : 'clocks'} on ${amount(tickets)} ${tickets === 1 ? 'ticket' : 'tickets'}`;
  return complete
    ? `Counted just now for all ${looked} that run or are paused, by the functions that will do it. Clocks that have ended keep their result.`
    : `Time was up after ${looked}; saving counts all of them, in the background. Clocks that have ended keep their result.`;
}

const WORDS: Readonly<Record<Exclude<Fate, 'moved'>, string>> = {
  breach: 'breached at once',
  noLonger: 'breached no longer',
  started: 'starts',
  ended: 'is cancelled',
};

/** A paused clock has no due instant to be moved; what is left of it changes. */
const movedInWords = (from: Date | null, to: Date | null): string =>
  from === null || to === null ? 'other target, while paused' : to < from ? 'earlier' : 'later';

function shown({ ticket, metric, what, from, to, why }: Foretold): ShownExample {
  const name = metricName(metric);
  return {
    ticket,
    href: `/tickets/${String(ticket)}/clocks`,
    metric: name,
    what: what === 'moved' ? movedInWords(from, to) : WORDS[what],
    bad: what === 'breach',
    from,
    to,
    why,
  };
}

const amount = (n: number): string => n.toLocaleString('en-GB');
