import type { Authentication } from '../../received-mail.js';

interface Result {
  readonly method: string;
  readonly verdict: string;
  /** Such as `header.from`, lower case. */
  readonly properties: ReadonlyMap<string, string>;
}

const MOST_FIELDS = 50;
const MOST_CHARACTERS = 16_000;
const VERDICT = /^(?:pass|fail|softfail|neutral|none|policy|temperror|permerror)$/;

/**
 * What a server that we trust has found out about the sender (RFC 8601), from the topmost of its fields: each server puts its own above
 * what was there, and takes away what others wrote in its name. Null if it wrote none.
 */
export function trustedVerdict(
  fields: readonly string[],
  authservId: string,
  fromDomain: string | null,
): Authentication | null {
  for (const field of fields.slice(0, MOST_FIELDS)) {
    const { server, results } = readField(field);
    if (server !== authservId) continue;

    const of = (method: string): Result[] => results.filter((result) => result.method === method);
    const dmarc = of('dmarc').find(({ properties }) => {
      const about = properties.get('header.from');
      return about === undefined || about.replace(/^.*@/, '') === fromDomain;
    });
    const dkim = of('dkim');
    return {
      spf: of('spf')[0]?.verdict ?? null,
      dkim: (dkim.find(({ verdict }) => verdict === 'pass') ?? dkim[0])?.verdict ?? null,
      dmarc: dmarc?.verdict ?? null,
    };
  }
  return null;
}

function readField(field: string): { server: string; results: Result[] } {
  const [head = '', ...rest] = withoutComments(field.slice(0, MOST_CHARACTERS)).split(';');
  const [server = ''] = head.trim().split(/\s+/);
  return { server: server.toLowerCase(), results: rest.flatMap(readResult) };
}

function readResult(text: string): Result[] {
  const [first = '', ...more] = text
    .trim()
    .toLowerCase()
    .replace(/\s*=\s*/g, '=')
    .split(/\s+/);
  const [method = '', verdict = ''] = first.split('=');
  if (!VERDICT.test(verdict)) return [];

  const properties = new Map<string, string>();
  for (const property of more) {
    const at = property.indexOf('=');
    if (at > 0) properties.set(property.slice(0, at), property.slice(at + 1));
  }
  // "dkim/1" names the version of the method.
  return [{ method: method.replace(/\/.*$/, ''), verdict, properties }];
}

/** Comments nest and hold anything; what stands in quotes is text, semicolons and all. */
function withoutComments(text: string): string {
  let depth = 0;
  let quoted = false;
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === '\\') {
      at++;
      continue;
    }
    if (letter === '"' && depth === 0) quoted = !quoted;
    else if (letter === '(' && !quoted) depth++;
    else if (letter === ')' && !quoted) depth = Math.max(0, depth - 1);
    else if (depth === 0) plain += quoted && /[;\s=]/.test(letter) ? '_' : letter;
  }
  return plain.replace(/[\r\n\t]/g, ' ');
}
