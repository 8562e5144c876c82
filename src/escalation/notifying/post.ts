import { ask, locate, type Answer, type OutgoingRequest } from '../../platform/outgoing/guarded-request.js';
import { ChannelError } from './channel.js';

/** Answers that another attempt may change: timeouts, conflicts with an attempt under way, too many requests. */
const WORTH_ANOTHER_TRY = new Set([408, 409, 421, 423, 425, 429]);
const LONGEST_WAIT_S = 300;

/** Finds the way to a URL; the request is made when the answer is called. */
export async function wayTo(
  url: URL,
  allowPrivate: boolean,
): Promise<(request: OutgoingRequest & { body: string }) => Promise<Answer>> {
  const place = await locate(url, { allowPrivate });
  return (request) =>
    ask(url, place, { method: 'POST', ...request, headers: { 'user-agent': 'Punctual', ...request.headers } });
}

/** Throws unless the answer says that it was taken. `reason` is what the other says about it, if it can be read. */
export function demandTaken({ status, headers }: Answer, host: string, reason: string | null = null): void {
  if (status >= 200 && status < 300) return;

  const redirects = status >= 300 && status < 400;
  const words = `${host} answered ${status}${redirects ? '; redirects are not followed' : ''}`;
  throw new ChannelError(reason === null ? words : `${words}: ${reason}`, {
    permanent: status < 500 && !WORTH_ANOTHER_TRY.has(status),
    retryAfter: secondsIn(headers['retry-after']),
  });
}

/**
 * Throws where what came with a 2xx is a web page: a proxy, a sign-in page or a parked domain has answered in the place of the one
 * that was asked. Nobody knows then whether it arrived.
 */
export function refuseWebPage(answer: Answer, host: string): void {
  if (!/^\s*</.test(answer.body.toString('utf8'))) return;
  const words = `${host} answered ${answer.status} with a web page, not with what it says when it takes a message. Check the address.`;
  throw new ChannelError(words, { mayHaveArrived: true });
}

/** The other said 2xx, but not what its documents promise. It may have arrived; to send it again could be twice, so the next method goes out beside it. */
export function unreadable(host: string, lacks: string): ChannelError {
  return new ChannelError(`${host} took it, it seems, but its answer lacks ${lacks}.`, {
    permanent: true,
    mayHaveArrived: true,
  });
}

/** What a JSON answer says; nothing where it is none. */
export function jsonOf({ body }: Answer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A short plain answer, such as `no_service`, to be shown to people. */
export function plainTextOf({ body }: Answer): string | null {
  const text = body.toString('utf8').trim();
  return /^[\x20-\x7e]{1,200}$/.test(text) && !text.startsWith('<') ? text : null;
}

export function textIn(answer: Record<string, unknown>, key: string): string | null {
  const value = answer[key];
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : null;
}

/** `Retry-After` as a number of seconds, RFC 9110 §10.2.3; dates are rare there and taken for the longest wait. */
function secondsIn(header: string | undefined): number | null {
  if (header === undefined) return null;
  return /^\d{1,9}$/.test(header) ? Math.min(Number(header), LONGEST_WAIT_S) : LONGEST_WAIT_S;
}
