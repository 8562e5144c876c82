import fc from 'fast-check';
import { searchFor, wordsOf } from './search.js';

const all = { first: 1, publicOnly: false };

describe('what somebody types into the search', () => {
  it('is cut into words at every punctuation', () => {
    expect(wordsOf('carl@harbour.example, "Room-12"')).toEqual(['carl', 'harbour', 'example', 'room', '12']);
  });

  it('asks for all words, of which the ends may be missing', () => {
    expect(searchFor('Print error', all)?.parameters).toEqual([`('print':*) & ('error':*)`, null]);
  });

  it('asks for Japanese as a run of signs', () => {
    expect(searchFor('障害', all)?.parameters[0]).toBe(`('障':* <-> '害':*)`);
  });

  it('knows the number of a ticket', () => {
    expect(searchFor('#1042', all)?.parameters[1]).toBe(1042);
    expect(searchFor('order 1042', all)?.parameters[1]).toBeNull();
  });

  it('asks for nothing where there is no word', () => {
    expect(searchFor(' -- ?! ', all)).toBeNull();
  });

  it('keeps customers from what staff wrote among themselves', () => {
    expect(searchFor('x', { first: 3, publicOnly: true })?.sql).toContain(`message.kind in ('reply', 'customer')`);
  });

  it('never lets an operator of the query language through', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`a1'&|!():*<->\\" `.split('')) }), (typed) => {
        for (const word of wordsOf(typed)) expect(word).toMatch(/^[a1]+$/);
      }),
    );
  });
});
