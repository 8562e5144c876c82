import { faultsOfWords, fillIn, RECEIPT_PLACES } from './wording.js';

describe('an admin’s own words', () => {
  it('have values in their places and are otherwise as they were written', () => {
    expect(fillIn('Hello, {{number}} at {{ desk }} <b>{{number}}</b>', { number: '7', desk: 'D & D' })).toBe(
      'Hello, 7 at D & D <b>7</b>',
    );
  });

  it('reach nothing but the values they are given', () => {
    const words = '{{constructor}} {{toString}} {{__proto__}} {{number.constructor}} {{#each number}}x{{/each}}';
    expect(fillIn(words, { number: '7' })).toBe(words);
    expect(fillIn('{{number}}', { number: '{{desk}}', desk: 'never' })).toBe('{{desk}}');
  });

  it.each([
    ['{{subject}}', '{{subject}} is not known here; known are {{number}}, {{desk}}, {{queue}}'],
    ['{{constructor}}', '{{constructor}} is not known here; known are {{number}}, {{desk}}, {{queue}}'],
    ['{{#if number}}x{{/if}}', 'has braces that nothing belongs into; known are {{number}}, {{desk}}, {{queue}}'],
    ['{{{number}}}', null],
    ['{{number', 'has braces that nothing belongs into; known are {{number}}, {{desk}}, {{queue}}'],
  ])('%s is judged before it is saved', (text, detail) => {
    expect(faultsOfWords('text', text, RECEIPT_PLACES)).toEqual(detail === null ? [] : [{ field: 'text', detail }]);
  });
});
