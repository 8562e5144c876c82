import { z } from 'zod';
import { FIRST_VIEW } from './views.js';

/** What of the list is shown: all of it stands in the address. */
export interface ListState {
  readonly view: string;
  readonly q: string;
  readonly status: string;
  readonly level: string;
  readonly sort: 'nextDue' | 'updated' | 'created';
  readonly page: number;
}

const DEFAULTS: ListState = { view: FIRST_VIEW, q: '', status: '', level: '', sort: 'nextDue', page: 1 };

const MOST_PAGES = 1_000;

// What somebody has typed into the address by hand, or what was true last year, falls back instead of failing.
const state = z.object({
  view: z.string().max(200).catch(DEFAULTS.view),
  q: z.string().trim().max(200).catch(DEFAULTS.q),
  status: z.string().max(20).catch(DEFAULTS.status),
  level: z.string().max(50).catch(DEFAULTS.level),
  sort: z.enum(['nextDue', 'updated', 'created']).catch(DEFAULTS.sort),
  page: z.coerce.number().int().min(1).max(MOST_PAGES).catch(DEFAULTS.page),
});

export function readListState(query: unknown): ListState {
  return state.parse(query ?? {});
}

/** The address of the list, or of a ticket beside it, in this state. */
export function listAddress(path: string, shown: ListState, changes: Partial<ListState> = {}): string {
  const wanted = { ...shown, ...changes };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (name === 'view' || value !== DEFAULTS[name as keyof ListState]) query.set(name, String(value));
  }
  return `${path}?${query.toString()}`;
}
