import { createHash } from 'node:crypto';
import { Problem } from '../platform/problems/problem.js';
import type { ApiRequest } from './exchange.js';

/** The ETag of something that counts its changes. */
export const etagOfVersion = (version: number): string => `"${version}"`;

/** The ETag of something that is told by its content alone. */
export const etagOf = (content: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)}"`;

/** Refuses a change that was meant for another version than the present one (null: it is not there). */
export function checkPreconditions({ headers }: ApiRequest, present: string | null): void {
  const match = headers['if-match'];
  if (match !== undefined && !names(match, present)) {
    throw Problem.preconditionFailed(
      present === null
        ? 'It is not there, so it cannot be changed.'
        : 'Somebody has changed it meanwhile. Read it again before you change it.',
    );
  }
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && names(noneMatch, present)) throw Problem.preconditionFailed('It is there already.');
}

function names(header: string, present: string | null): boolean {
  if (present === null) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim() === present);
}
