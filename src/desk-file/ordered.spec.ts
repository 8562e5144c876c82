import fc from 'fast-check';
import { ordered } from './ordered.js';

interface Entry {
  readonly name: string;
  readonly last?: boolean;
  readonly text?: string;
}

const isLast = ({ last }: Entry): boolean => last === true;
const list = (...names: string[]): Entry[] =>
  names.map((name) => (name.endsWith('*') ? { name: name.slice(0, -1), last: true } : { name }));
const merge = (stored: Entry[], given: Entry[]): string =>
  ordered(stored, given, isLast)
    .map(({ name, last, text = '' }) => `${name}${last === true ? '*' : ''}${text}`)
    .join(' ');

describe('A list with what a file says about it', () => {
  it.each([
    ['a new one comes before the one for everything else', list('a', 'b', 'z*'), list('n'), 'a b n z*'],
    ['a new one comes after the one before it in the file', list('a', 'b', 'z*'), list('a', 'n'), 'a n b z*'],
    ['a new one comes before the one after it in the file', list('a', 'b', 'z*'), list('n', 'b'), 'a n b z*'],
    ['those that are there take the order of the file', list('a', 'b', 'c', 'z*'), list('c', 'a'), 'c b a z*'],
    ['what the file does not name stays', list('a', 'b', 'z*'), [], 'a b z*'],
    ['the file’s own takes the place of the one for everything else', list('a', 'z*'), list('n', 'y*'), 'a n y*'],
    ['an empty list becomes the file’s', [], list('a', 'b', 'z*'), 'a b z*'],
    ['one that is named is replaced', list('a', 'z*'), [{ name: 'a', text: '!' }], 'a! z*'],
    ['the one for everything else can get conditions if another takes its place', list('z*'), list('z', 'y*'), 'z y*'],
  ])('%s', (_what, stored, given, merged) => {
    expect(merge(stored, given)).toBe(merged);
  });

  it('is the same when the file is applied again, holds all of the file in its order, and loses nothing', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 8 });
    const lists = fc.tuple(names, fc.boolean()).map(([some, hasLast]) => list(...some, ...(hasLast ? ['z*'] : [])));
    fc.assert(
      fc.property(lists, lists, (stored, given) => {
        const once = ordered(stored, given, isLast);
        expect(ordered(once, given, isLast)).toEqual(once);
        const inFile = once.filter(({ name }) => given.some((entry) => entry.name === name));
        expect(inFile).toEqual(given);
        const all = new Set([...stored, ...given].map(({ name }) => name));
        expect(new Set(once.map(({ name }) => name))).toEqual(all);
        expect(once).toHaveLength(all.size);
      }),
    );
  });
});
