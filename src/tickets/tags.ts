import { Problem } from '../platform/problems/problem.js';

const MOST = 50;
const LONGEST = 60;

/** Each tag once, in lower case, in the order of the alphabet. */
export function cleanTags(tags: readonly string[]): string[] {
  const clean = [...new Set(tags.map(cleanTag).filter((tag) => tag !== ''))].sort();
  if (clean.length > MOST || clean.some((tag) => tag.length > LONGEST)) {
    throw Problem.invalid('These are too many tags, or one of them is too long.', [
      { field: 'tags', detail: `must be at most ${MOST}, of ${LONGEST} characters each` },
    ]);
  }
  return clean;
}

const cleanTag = (tag: string): string =>
  tag
    .normalize('NFC')
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .toLowerCase();
