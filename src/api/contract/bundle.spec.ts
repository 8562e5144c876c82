import { bundled } from './bundle.js';

const FILE = '../other.json';
const other = {
  $defs: {
    week: { properties: { mon: { $ref: '#/$defs/hours' } } },
    hours: { type: 'array' },
    unused: { type: 'string' },
  },
};
const document = (reference: string) => ({ components: { schemas: { Week: { $ref: reference } } } });

describe('a document made out of two', () => {
  it('takes over what is referred to, and what that refers to, and nothing else', () => {
    expect(bundled(document(`${FILE}#/$defs/week`), FILE, other, 'Other.')).toEqual({
      components: {
        schemas: {
          Week: { $ref: '#/components/schemas/Other.week' },
          'Other.week': { properties: { mon: { $ref: '#/components/schemas/Other.hours' } } },
          'Other.hours': { type: 'array' },
        },
      },
    });
  });

  it('follows references into a definition', () => {
    const whole = bundled(document(`${FILE}#/$defs/week/properties/mon`), FILE, other, 'Other.');
    expect(whole).toHaveProperty('components.schemas.Week', { $ref: '#/components/schemas/Other.week/properties/mon' });
  });

  it('says what is missing', () => {
    expect(() => bundled(document(`${FILE}#/$defs/month`), FILE, other, 'Other.')).toThrow(/no definition month/);
  });
});
