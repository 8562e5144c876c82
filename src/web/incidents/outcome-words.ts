import type { AcknowledgementOutcome } from '../../escalation/acknowledgement.js';

/** What pressing the button has come to, for whoever pressed it. */
export function outcomeWords(outcome: AcknowledgementOutcome): string {
  switch (outcome.outcome) {
    case 'acknowledged':
      return 'It is yours now. Nobody else is called any more.';
    case 'already':
      return `${outcome.by.name} was faster and has it already.`;
    case 'closed':
      return 'It was over before you pressed the button. There is nothing left to do.';
  }
}
