import { prefersCsv } from './media-types.js';

describe('what a program would rather have', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['text/csv', true],
    ['text/csv, */*', false],
    ['text/csv, */*;q=0.1', true],
    ['text/*', true],
    ['text/csv;q=0.5, application/json', false],
    ['application/json;q=0.5, TEXT/CSV', true],
    ['text/html', false],
  ])('%s', (accept, csv) => {
    expect(prefersCsv(accept)).toBe(csv);
  });
});
