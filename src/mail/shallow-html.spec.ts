import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { tooMuchGrowth } from '../../test/support/growth.js';
import { shallowHtml } from './shallow-html.js';
import { shownHtml } from './shown-html.js';

const NESTED = [
  ['closed', '<div>', '</div>'],
  ['never closed', '<div>', ''],
  ['of no kind that is known', '<x-y>', '</x-y>'],
  ['marked as complete', '<b/>', ''],
  ['closed by another', '<p><li>', ''],
  ['drawings', '<div><desc></div>', ''],
  ['drawings in drawings', '<svg>', ''],
  ['headings that end themselves', '<title/>', ''],
  ['behind a broken tag', '<<b>div>', ''],
  ['behind a broken quote', `<a title='"><div>`, `"'`],
  ['quotes', '<blockquote>', '</blockquote>'],
] as const;

/** How deep the parser itself goes. */
function depthOf(html: string): number {
  let [depth, deepest] = [0, 0];
  const parser = new Parser({
    onopentagname: () => (deepest = Math.max(deepest, ++depth)),
    onclosetag: () => depth--,
  });
  parser.end(html);
  return deepest;
}

describe('HTML without its depth', () => {
  it('is what it was, as long as nothing is deeper than a letter', () => {
    const letter = `${'<table><tr><td>'.repeat(90)}Hello${'</td></tr></table>'.repeat(90)}`;
    expect(shallowHtml(letter)).toBe(letter);
    const old = '<p>One<li>Two<tr><td>Three<br><img src=x>'.replace('<p>', '<p>'.repeat(2_000));
    expect(shallowHtml(old)).toBe(old);
    const flat = '<div><b>x</b></div>'.repeat(5_000);
    expect(shallowHtml(flat)).toBe(flat);
  });

  it('keeps all words, and what stands beside and below the depth', () => {
    const html = `<i>a</i>${'<div>'.repeat(1_000)}deep${'</div>'.repeat(1_000)}<p>below <b>bold</b></p>`;
    const shallow = shallowHtml(html);
    expect(shallow).toMatch(/^<i>a<\/i>(<div>){300} *deep *(<\/div>){300}<p>below <b>bold<\/b><\/p>$/);
  });

  it('makes no tags of what is text in a script', () => {
    const html = `${'<div>'.repeat(300)}<script>${'<b>'.repeat(1_000)}</script>x`;
    expect(depthOf(shallowHtml(html))).toBeLessThanOrEqual(301);
    expect(shallowHtml(html)).toBe(html);
  });

  it('is never deeper, whatever it is made of', () => {
    const piece = fc.constantFrom(
      ...['<div>', '</div>', '<p>', '</p>', '<b>', '<svg>', '</svg>', '<desc>', '<title>', '</title>', '<title/>'],
      ...[
        '<script>',
        '</script>',
        '<textarea>',
        '</textarea>',
        '<li>',
        '<td>',
        '<tr>',
        '<',
        '>',
        '"',
        "'",
        '<a b="',
        'x',
      ],
      ...['<!--', '-->', '<![CDATA[', ']]>', '</ div>', '</div', '&lt;', '&', '<?x', '<!x', '<xmp>', '</xmp >', '/>'],
    );
    const many = fc.tuple(piece, fc.constantFrom(1, 1, 400)).map(([one, times]) => one.repeat(times));
    fc.assert(
      fc.property(fc.array(many, { maxLength: 25 }), (pieces) => {
        expect(depthOf(shallowHtml(pieces.join('')))).toBeLessThanOrEqual(302);
      }),
      { numRuns: 1_500 },
    );
  });

  it.each(NESTED)('is shown by work that grows with it and not with its square: tags %s', (_, begin, end) => {
    const showing = (times: number) => {
      const html = `${begin.repeat(2_500 * times)}x${end.repeat(2_500 * times)}`;
      return () => shownHtml(html);
    };
    expect(tooMuchGrowth(showing)).toBeNull();
  });

  it.each([
    ['quotes beside each other', '<blockquote>x</blockquote>'],
    ['quotes with words between', '<blockquote>x</blockquote><p>y</p>'],
    ['empty quotes', '<blockquote></blockquote>'],
    ['lines of Outlook', '<div id="appendonsend"></div>'],
    ['lines of Outlook with words', '<p>x</p><div id="appendonsend"></div>'],
    ['empty paragraphs and a quote', '<p></p>'],
    ['colours', '<p style="color:red;background-color:#fff">x</p>'],
    ['pictures', '<img src="cid:a">'],
    ['links', '<a href="https://x.example/">x</a>'],
  ])('is shown by work that grows with it and not with its square: %s', (_, piece) => {
    const showing = (times: number) => {
      const html = `${piece.repeat(125 * times)}<blockquote>z</blockquote>`;
      return () => shownHtml(html);
    };
    expect(tooMuchGrowth(showing)).toBeNull();
  });
});
