import type { SessionInfo } from '../../identity/sessions.js';
import { deviceInWords } from './device-in-words.js';

/** An open session as a page lists it. */
export interface SessionRow {
  readonly device: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** The one in which the page is looked at. */
  readonly here: boolean;
  readonly end: string;
}

/** `path` is that of the page; each session is ended below it. */
export function sessionRows(sessions: readonly SessionInfo[], path: string, here: string | null): SessionRow[] {
  return sessions.map(({ id, userAgent, address, createdAt, lastSeenAt }) => ({
    ...{ address, createdAt, lastSeenAt },
    device: deviceInWords(userAgent),
    here: id === here,
    end: `${path}/sessions/${id}/ending`,
  }));
}
