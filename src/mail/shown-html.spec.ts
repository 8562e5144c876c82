import { shownHtml } from './shown-html.js';

const shown = (html: string): string => shownHtml(html).html;
const FOLD = '<details><summary>Quoted text</summary>';

describe('what a mail quotes', () => {
  it.each([
    [
      'Gmail',
      '<div>Yes.</div><div class="gmail_quote"><div class="gmail_attr">On Monday Ann wrote:</div><blockquote>Well?</blockquote></div>',
    ],
    [
      'Thunderbird',
      '<p>Yes.</p><div class="moz-cite-prefix">Am 1.6. schrieb Ann:</div><blockquote type="cite">Well?</blockquote>',
    ],
    [
      'Outlook on the desktop',
      '<div><p>Yes.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm"><p><b>From:</b> Ann</p></div></div><p>Well?</p></div><p>And?</p>',
    ],
    [
      'Outlook on the web',
      '<div>Yes.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Ann</div><div>Well?</div>',
    ],
    [
      'Yahoo',
      '<div>Yes.</div><div class="yahoo_quoted" id="yahoo_quoted_1"><div>On Monday Ann wrote: Well?</div></div>',
    ],
    ['GMX', '<div>Yes.</div><div name="quote"><div>Von: Ann</div>Well?</div>'],
  ])('is folded as %s marks it', (_, html) => {
    const result = shown(html);
    expect(result.split(FOLD)).toHaveLength(2);
    const [above = '', below = ''] = result.split(FOLD);
    expect(above).toContain('Yes.');
    expect(above).not.toContain('Well?');
    expect(below).toContain('Well?');
    expect(below).not.toContain('Yes.');
    expect(result).not.toMatch(/data-fold|class=|\bid=/);
  });

  it('takes everything below Outlook’s line along, also outside of what encloses it', () => {
    expect(shown('<div>Yes.<div style="border-top:solid #B5C4DF 1.0pt">From: Ann</div></div><p>Last.</p>')).toMatch(
      /<details>.*From: Ann.*Last\..*<\/details><\/div>$/s,
    );
  });

  it('stays open where words of the writer stand below it', () => {
    expect(
      shown('<p>See:</p><blockquote>One?</blockquote><p>Yes.</p><blockquote>Two?</blockquote><p>No.</p>'),
    ).not.toContain('<details>');
  });

  it('stays open where it is all that there is, and where Gmail forwards', () => {
    expect(shown('<blockquote>All of it.</blockquote>')).not.toContain('<details>');
    expect(
      shown(
        '<div>Please look.</div><div class="gmail_quote"><div>---------- Forwarded message ---------</div>Help!</div>',
      ),
    ).not.toContain('<details>');
  });

  it('is folded once, however deep it is', () => {
    expect(
      shown('<p>Yes.</p><blockquote>a<blockquote>b<blockquote>c</blockquote></blockquote></blockquote>').split(FOLD),
    ).toHaveLength(2);
  });

  it('cannot be marked by the mail itself', () => {
    expect(shown('<p>One.</p><p data-fold="history">Two.</p><details><summary>x</summary>Three.</details>')).toBe(
      '<p>One.</p><p>Two.</p>xThree.',
    );
  });

  it('is named in the words that are given, as words', () => {
    expect(shownHtml('<p>Ja.</p><blockquote>Und?</blockquote>', { quoted: 'Zitat <b>' }).html).toContain(
      '<summary>Zitat &lt;b&gt;</summary>',
    );
  });
});

describe('colours', () => {
  it('are kept by day and turned by night', () => {
    expect(shown('<p style="color:#333">x</p>')).toMatch(
      /^<p style="color:#333;color:light-dark\(#333,oklch\(from #333 calc\(.+\) c h\)\)">x<\/p>$/,
    );
    expect(shown('<table bgcolor="white"><tr><td>x</td></tr></table>')).toContain(
      'background-color:white;background-color:light-dark(white,oklch(from white calc(',
    );
    expect(shown('<font color="#0000ff">x</font>')).toContain('color:light-dark(#0000ff,');
  });

  it('are left alone where they say nothing', () => {
    expect(shown('<p style="color:inherit;text-align:center">x</p>')).toBe(
      '<p style="color:inherit;text-align:center">x</p>',
    );
  });

  it('let nothing through beside them', () => {
    expect(shown('<td bgcolor="red;background-image:url(https://evil.example)">x</td>')).not.toContain('style=');
  });
});

it('shows thousands of nested quotes without a fault', () => {
  expect(shown(`<p>a</p>${'<blockquote><div>'.repeat(5_000)}b`)).toContain('a');
});
