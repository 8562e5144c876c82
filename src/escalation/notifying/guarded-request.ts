import { lookup as resolve } from 'node:dns/promises';
import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ChannelError } from './channel.js';
import { reachOf } from './network-address.js';
import { hostOf } from './webhook-address.js';

const RESOLVE_MS = 5_000;
const ANSWER_MS = 10_000;

export interface Place {
  readonly address: string;
  readonly family: number;
}

/**
 * Where a URL leads, resolved once and judged: what is sent goes to this address and no other, whatever the name
 * resolves to a moment later. Throws a ChannelError when it must not be reached.
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
  throw new ChannelError(`${host} leads into a private or reserved network, where a webhook must not go.${mend}`, {
    permanent: true,
  });
}

/** Posts to that place, follows no redirect, and answers the status. Throws a ChannelError when there was none in time. */
export async function post(url: URL, place: Place, headers: Record<string, string>, body: string): Promise<number> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent: false,
    lookup: always(place),
    signal: AbortSignal.timeout(ANSWER_MS),
  };
  const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
  let begun = false;
  return new Promise((resolveStatus, reject) => {
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (begun = true));
    });
    request.on('response', (response) => {
      resolveStatus(response.statusCode ?? 0);
      // Whatever else it says is not wanted, however long it is.
      response.destroy();
    });
    request.on('error', (error) => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      const words = late ? `no answer within ${ANSWER_MS / 1000} seconds` : error.message;
      reject(new ChannelError(`${url.host}: ${words}`, { mayHaveArrived: begun }));
    });
    request.end(body);
  });
}

async function addressesOf(host: string): Promise<Place[]> {
  try {
    return await Promise.race([resolve(host, { all: true }), tooLate()]);
  } catch (error) {
    throw new ChannelError(`${host} cannot be resolved: ${(error as Error).message}`);
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
