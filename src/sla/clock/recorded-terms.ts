import type { Agreement, CalendarTerms, Held, PolicyTerms, Terms } from './targets.js';
import type { TimelineEvent } from './timeline.js';

/** What holds is what the ticket's own history says was chosen. */
export const recordedTerms: Terms = {
  after(event: TimelineEvent, held: Held): Held {
    if (event.type === 'policy') return { ...held, policy: event.policy as PolicyTerms | null };
    if (event.type === 'calendar') return { ...held, calendar: event.calendar as CalendarTerms };
    if (event.type === 'agreement') return { ...held, agreement: event.agreement as Agreement | null };
    return held;
  },
};
