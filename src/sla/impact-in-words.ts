import type { Impact } from './rehearsal.js';

/** What a change would do to the clocks, one sentence each, the gravest first: for pages, the command line and the API. */
export function impactInWords(impact: Impact): string[] {
  const { same, tickets, clocks, allClocks, complete, moved, earlier, later, uncountable } = impact;
  if (same) return ['What is promised stays the same, so no clock moves.'];
  if (allClocks === 0) return ['No clock runs, so none moves.'];

  const scope = complete
    ? ''
    : `Of the first ${amount(clocks)} of ${count(allClocks, 'clock')} that run or are paused: `;
  const sentences = [
    ...some(impact.breach, (n) => `${count(n, 'clock')} would be breached at once.`),
    ...some(impact.noLonger, (n) => `${count(n, 'breached clock')} would be so no longer.`),
    ...some(moved, (n) => `${count(n, 'clock')} would move${ways(earlier, later)}.`),
    ...some(impact.started, (n) => `${count(n, 'clock')} would start, counted from the beginning.`),
    ...some(impact.ended, (n) => `${count(n, 'clock')} would be cancelled, because nothing is promised any more.`),
    ...some(
      uncountable,
      (n) => `The clocks of ${count(n, 'ticket')} cannot be counted under it; they would stay as they are.`,
    ),
  ];
  if (sentences.length > 0) return sentences.map((sentence, i) => (i === 0 ? scope + sentence : sentence));
  return complete
    ? [`None of the ${count(clocks, 'clock')} on ${count(tickets, 'ticket')} would move.`]
    : [`${scope}none would move.`];
}

function ways(earlier: number, later: number): string {
  if (later === 0) return ', all to an earlier instant';
  if (earlier === 0) return ', all to a later instant';
  return `: ${amount(earlier)} to an earlier instant, ${amount(later)} to a later one`;
}

const some = (n: number, sentence: (n: number) => string): string[] => (n === 0 ? [] : [sentence(n)]);
const amount = (n: number): string => n.toLocaleString('en-GB');
const count = (n: number, what: string): string => `${amount(n)} ${what}${n === 1 ? '' : 's'}`;
