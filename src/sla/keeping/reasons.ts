import type { JournalEntry } from '../../tickets/ticket-journal.js';
import type { TicketHistory } from './ticket-timelines.js';

type Before = Partial<Pick<TicketHistory, 'policy' | 'calendar' | 'agreement'>> | undefined;

/** Why a ticket is promised something else, for the history of its clocks: "policy Standard became version 3". */
export function reasonsOf(chosen: readonly JournalEntry[], before: Before, cause: string | null = null): string {
  const reasons = chosen.map((entry) => reasonOf(entry, before)).join('; ');
  return cause === null ? reasons : `${cause}: ${reasons}`;
}

function reasonOf(entry: JournalEntry, before: Before): string {
  switch (entry.type) {
    case 'policy': {
      const { policy: name, version, why, id } = entry.data;
      const last = before?.policy ?? null;
      if (last === null) return `policy ${name}, version ${version} (${why})`;
      if (last.id !== id) return `policy ${name} holds instead of ${last.policy} (${why})`;
      return last.version === version ? `policy ${name} promises something else to this level` : became(entry);
    }
    case 'calendar': {
      const { calendar: name, version, why, id } = entry.data;
      const last = before?.calendar ?? null;
      if (last === null) return `calendar ${name}, version ${version} (${why})`;
      return last.id === id ? became(entry) : `calendar ${name} holds instead of ${last.calendar} (${why})`;
    }
    case 'agreement':
      return entry.data.why;
    default:
      return entry.type;
  }
}

const became = ({ type, data }: Extract<JournalEntry, { type: 'policy' | 'calendar' }>): string =>
  `${type} ${'policy' in data ? data.policy : data.calendar} became version ${data.version}`;
