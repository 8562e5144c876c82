import fc from 'fast-check';
import { Problem } from '../platform/problems/problem.js';
import { Cursors, isIndex } from './paging.js';

const cursors = new Cursors('numbers', isIndex);

describe('a cursor', () => {
  it('leads through a list so that everything comes once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (length, limit) => {
        const all = Array.from({ length }, (_, i) => i);
        const seen: number[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const start = cursors.read(cursor === undefined ? {} : { cursor }) ?? 0;
          const page = cursors.page(
            all.slice(start, start + limit + 1),
            limit,
            () => start + limit,
            (n) => n,
          );
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          cursor = page.nextCursor;
        }
        expect(seen).toEqual(all);
      }),
    );
  });

  it('of another list, or of nobody’s making, is refused', () => {
    const others =
      new Cursors('letters', isIndex).page(
        [1, 2],
        1,
        () => 1,
        (n) => n,
      ).nextCursor ?? '';
    expect(() => cursors.read({ cursor: others })).toThrow(Problem);
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(() => cursors.read({ cursor })).toThrow(Problem);
      }),
    );
  });
});
