import { lookup as resolve } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { reachOf } from './network-address.js';
import { hostOf } from './outgoing-address.js';

const RESOLVE_MS = 5_000;
const ANSWER_MS = 10_000;
const MOST_BYTES = 64 * 1024;

export interface Place {
  readonly address: string;
  readonly family: number;
}

/** What is asked. Nothing but this is sent; redirects are not followed. */
export interface OutgoingRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Until the answer is there, whole. Milliseconds, 10,000 unless told. */
  readonly withinMs?: number;
  /** An answer longer than this is an error; bytes, 65,536 unless told. */
  readonly mostBytes?: number;
  /** What else the other says is not wanted, however long it is; the body answered is empty. */
  readonly onlyStatus?: boolean;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; of a header that came more than once the values, joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** No answer could be had. Says whether asking again can help, and whether the request may have arrived all the same. */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';
  readonly permanent: boolean;
  readonly mayHaveArrived: boolean;

  constructor(message: string, { permanent = false, mayHaveArrived = false } = {}) {
    super(message);
    this.permanent = permanent;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * Where a URL leads, resolved once and judged: what is sent goes to this address and no other, whatever the name
 * resolves to a moment later. Throws a RequestError when it must not be reached.
 */
export async function locate(url: URL, { allowPrivate }: { allowPrivate: boolean }): Promise<Place> {
  const host = hostOf(url);
  const places = isIP(host) === 0 ? await addressesOf(host) : [{ address: host, family: isIP(host) }];
  const allowed = places.find(({ address }) => {
    const reach = reachOf(address);
    return reach === 'public' || (reach === 'private' && allowPrivate);
  });
  if (allowed !== undefined) return allowed;

  const mend = places.some(({ address }) => reachOf(address) === 'private')
    ? ' It may if allowPrivate is set for it.'
    : '';
  throw new RequestError(`${host} leads into a private or reserved network, where this desk must not ask.${mend}`, {
    permanent: true,
  });
}

/** Asks at that place, follows no redirect, and answers whatever status came. Throws a RequestError when none came in time. */
export async function ask(url: URL, place: Place, asked: OutgoingRequest = {}): Promise<Answer> {
  const {
    method = 'GET',
    headers = {},
    body,
    withinMs = ANSWER_MS,
    mostBytes = MOST_BYTES,
    onlyStatus = false,
  } = asked;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = {
    method,
    headers: { ...headers, ...length },
    agent: false,
    lookup: always(place),
    signal: AbortSignal.timeout(withinMs),
  };
  const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
  let begun = false;
  return new Promise((answer, reject) => {
    const fail = (error: Error): void => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      const words = late ? `no answer within ${withinMs / 1000} seconds` : error.message;
      reject(new RequestError(`${url.host}: ${words}`, { mayHaveArrived: begun }));
    };
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (begun = true));
    });
    request.on('response', (response) => {
      if (!onlyStatus) return void read(response, mostBytes).then(answer, fail);

      response.destroy();
      answer({ ...headOf(response), body: Buffer.alloc(0) });
    });
    request.on('error', fail);
    request.end(body);
  });
}

async function read(response: IncomingMessage, mostBytes: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      response.destroy();
      throw new Error(`the answer has more than ${mostBytes.toLocaleString('en')} bytes`);
    }
    chunks.push(chunk);
  }
  return { ...headOf(response), body: Buffer.concat(chunks) };
}

function headOf({ statusCode, headers }: IncomingMessage): Omit<Answer, 'body'> {
  const given = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return { status: statusCode ?? 0, headers: Object.fromEntries(given) };
}

async function addressesOf(host: string): Promise<Place[]> {
  try {
    return await Promise.race([resolve(host, { all: true }), tooLate()]);
  } catch (error) {
    throw new RequestError(`${host} cannot be resolved: ${(error as Error).message}`);
  }
}

async function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${RESOLVE_MS / 1000} seconds`));
    }, RESOLVE_MS);
    timer.unref();
  });
}

function always({ address, family }: Place): LookupFunction {
  return (_, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}
