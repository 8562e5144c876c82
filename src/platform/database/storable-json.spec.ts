import fc from 'fast-check';
import { storableJson } from './storable-json.js';

describe('Storable JSON', () => {
  it('leaves out what PostgreSQL refuses, also in the midst of lists and objects', () => {
    const value = { subject: 'a\0b', list: ['\ud83d', { deep: 'x\udc00y' }], count: 1, nothing: null };
    expect(JSON.parse(storableJson(value))).toEqual({
      subject: 'ab',
      list: ['�', { deep: 'x�y' }],
      count: 1,
      nothing: null,
    });
  });

  it('says the same as JSON of everything else', () => {
    const clean = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0'));
    const values = fc.letrec((tie) => ({
      value: fc.oneof(clean, fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 })),
    })).value;
    fc.assert(
      fc.property(values, (value) => {
        expect(storableJson(value)).toBe(JSON.stringify(value));
      }),
    );
  });
});
