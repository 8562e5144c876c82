import { ask, locate, RequestError, type Answer } from '../../platform/outgoing/guarded-request.js';
import { faultOfOutgoingUrl } from '../../platform/outgoing/outgoing-address.js';
import type { HolidayFeed } from '../written-calendar.js';

const MOST_BYTES = 2_000_000;
const MOST_REDIRECTS = 5;
const ONE_ANSWER_MS = 10_000;
const REDIRECTS = [301, 302, 303, 307, 308];

/** What the other machine said of the file when it last gave it. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export type Fetched =
  { readonly unchanged: true } | ({ readonly unchanged: false; readonly text: string } & Validators);

/**
 * Asks for a feed, and goes on where it is sent: each step is judged anew, and only the host that the desk's own configuration names
 * may lie in a private network. Throws a RequestError with what went wrong.
 */
export async function fetchFeed({ url, allowPrivate = false }: HolidayFeed, known: Validators): Promise<Fetched> {
  const named = new URL(url);
  let at = named;
  for (let step = 0; step <= MOST_REDIRECTS; step++) {
    const place = await locate(at, { allowPrivate: allowPrivate && at.host === named.host });
    const headers = { accept: 'text/calendar, */*;q=0.5', 'user-agent': 'Punctual', ...conditions(known) };
    const answer = await ask(at, place, { headers, withinMs: ONE_ANSWER_MS, mostBytes: MOST_BYTES });
    if (!REDIRECTS.includes(answer.status)) return judged(answer, at);

    at = nextPlace(answer, at);
  }
  throw new RequestError(`${named.host}: it sends from one address to the next, more than ${MOST_REDIRECTS} times`);
}

function conditions({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  };
}

function judged({ status, headers, body }: Answer, { host }: URL): Fetched {
  if (status === 304) return { unchanged: true };
  if (status !== 200) throw new RequestError(`${host} answered ${status} instead of a calendar`);

  const text = body.toString('utf8');
  return { unchanged: false, text, etag: headers['etag'] ?? null, lastModified: headers['last-modified'] ?? null };
}

function nextPlace({ headers }: Answer, at: URL): URL {
  const location = headers['location'];
  if (location === undefined || !URL.canParse(location, at.href)) {
    throw new RequestError(`${at.host} sends on, but does not say where to`);
  }
  const next = new URL(location, at);
  const fault = faultOfOutgoingUrl(next.href);
  if (fault !== null) throw new RequestError(`${at.host} sends on to an address that ${fault}`);
  if (at.protocol === 'https:' && next.protocol === 'http:') {
    throw new RequestError(`${at.host} sends on to ${next.host} without https`);
  }
  return next;
}
