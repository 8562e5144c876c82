import fc from 'fast-check';
import { tooMuchGrowth } from '../../test/support/growth.js';
import { sanitisedHtml } from './sanitised-html.js';

const clean = (html: string): string => sanitisedHtml(html).html;

describe('sanitised HTML', () => {
  it.each([
    ['<script>alert(1)</script>x'],
    ['<img src=x onerror=alert(1)>'],
    ['<svg onload=alert(1)><script>alert(1)</script></svg>'],
    ['<a href="javascript:alert(1)">x</a>'],
    ['<a href=" java\nscript:alert(1)">x</a>'],
    ['<a href="data:text/html,<script>alert(1)</script>">x</a>'],
    ['<a href="vbscript:x">x</a>'],
    ['<iframe src="https://evil.example"></iframe>'],
    ['<object data="x"></object><embed src="x">'],
    ['<form action="https://evil.example"><input name=password><button>Go</button></form>'],
    ['<base href="https://evil.example"><meta http-equiv=refresh content="0;url=https://evil.example">'],
    ['<link rel=stylesheet href="https://evil.example/x.css"><style>body{display:none}</style>'],
    ['<div style="background:url(https://evil.example/x.png)">x</div>'],
    ['<div style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9">x</div>'],
    ['<div style="width:expression(alert(1))">x</div>'],
    ['<p style="color:red;background-image:url(\'https://evil.example\')">x</p>'],
    ['<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>'],
    ['<math><mi xlink:href="javascript:alert(1)">x</mi></math>'],
    ['<textarea><img src=x onerror=alert(1)></textarea>'],
    ['<img src="https://evil.example/pixel.gif" srcset="https://evil.example/2.gif 2x">'],
    ['<img src="//evil.example/pixel.gif">'],
    ['<video src="https://evil.example/x.mp4" poster="https://evil.example/p.png"></video>'],
    [
      '<table background="https://evil.example/x.png"><tr><td background="https://evil.example/y.png">x</td></tr></table>',
    ],
    ['<<script>script>alert(1)<</script>/script>'],
    ['<img src="data:image/svg+xml;base64,PHN2Zy8+">'],
    ['<xss id=x class=y onclick=alert(1)>x</xss>'],
  ])('lets nothing through that runs, loads, covers or asks: %s', (html) => {
    const shown = clean(html);
    expect(shown).not.toMatch(
      /<(?:script|svg|iframe|object|embed|form|input|button|base|meta|link|style|math|textarea|video|xss)/i,
    );
    expect(shown).not.toMatch(
      /\son\w+\s*=|javascript:|vbscript:|data:|url\(|expression|position|evil\.example|\bclass=|\bid=/i,
    );
  });

  it('keeps what makes a mail readable', () => {
    const html =
      '<h2>Hello</h2><p style="color:#333;text-align:center"><b>bold</b> <font color="red">red</font></p><ul><li>one</li></ul><table><tr><td colspan="2">cell</td></tr></table><blockquote>old</blockquote>';
    expect(clean(html)).toBe(
      '<h2>Hello</h2><p style="color:#333;text-align:center"><b>bold</b> <font color="red">red</font></p><ul><li>one</li></ul><table><tr><td colspan="2">cell</td></tr></table><blockquote>old</blockquote>',
    );
  });

  it('shows a button as one, as our own letters draw it', () => {
    const html =
      '<td style="background-color:#b42318;border-radius:6px"><a href="https://example.com/x" rel="noopener noreferrer nofollow" target="_blank" style="display:inline-block;padding:12px 20px;color:#ffffff">Go</a></td>';
    expect(clean(`<table><tr>${html}</tr></table>`)).toBe(`<table><tr>${html}</tr></table>`);
  });

  it('hides nothing', () => {
    expect(clean('<p style="display:none;margin:-99px">x</p>')).toBe('<p>x</p>');
  });

  it('sends links elsewhere without telling where from', () => {
    expect(clean('<a href="https://example.com/x" class="b" onclick="x()" target="_top">x</a>')).toBe(
      '<a href="https://example.com/x" rel="noopener noreferrer nofollow" target="_blank">x</a>',
    );
  });

  it('puts the images of the mail in their place and leaves others out until they are asked for', () => {
    const html =
      '<img src="cid:logo@x" alt="logo"><img src="cid:gone"><img src="https://example.com/a.png"><img src="data:image/png;base64,AAAA">';
    const cid = (id: string): string | null => (id === 'logo@x' ? '/attachments/7' : null);
    expect(sanitisedHtml(html, { cid })).toEqual({
      html: '<img alt="logo" src="/attachments/7" /><img alt="" /><img alt="" /><img src="data:image/png;base64,AAAA" />',
      blockedImages: 1,
    });
    expect(sanitisedHtml(html, { cid, remote: true })).toMatchObject({
      blockedImages: 0,
      html: expect.stringContaining('src="https://example.com/a.png"') as string,
    });
  });

  it('copes with twenty thousand nested tags', () => {
    const nested = (times: number) => {
      const html = `${'<div>'.repeat(1_250 * times)}x${'</div>'.repeat(1_250 * times)}`;
      return () => clean(html);
    };
    expect(tooMuchGrowth(nested)).toBeNull();
  });

  it('is the same when it is done twice', () => {
    const piece = fc.constantFrom(
      '<b>',
      '</b>',
      '<script>',
      '<img src=x ',
      'onerror=',
      '">',
      "'",
      '<a href="',
      'javascript:',
      'x',
      '<!--',
      '-->',
      '&lt;',
      '<svg>',
      '<style>',
      '</style>',
      '<p style="color:red;',
      '\0',
      '<![CDATA[',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const once = clean(pieces.join(''));
        expect(clean(once)).toBe(once);
        expect(once).not.toMatch(/<(?:script|svg|style)|<[^>]*\son\w+=/i);
      }),
      { numRuns: 1_000 },
    );
  });
});
