import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TemplateFolder } from './templates.js';

describe('templates', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'views-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function render(files: Record<string, string>, model: object, frame: object = {}): string {
    for (const [name, source] of Object.entries(files)) {
      const file = path.join(folder, `${name}.hbs`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, source);
    }
    return new TemplateFolder(folder).render(Object.keys(files)[0] ?? '', model, frame);
  }

  it('escapes what it shows on pages', () => {
    expect(render({ page: '<p>{{name}}</p>' }, { name: '<script>alert(1)</script>' })).toBe(
      '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    );
  });

  it('escapes nothing in the subject and the text of a letter, nor in their partials', () => {
    const files = {
      'mail/received.text': '{{name}}{{> mail/layout/end.text name=name}}',
      'mail/layout/end.text': ' & {{name}}',
    };
    expect(render(files, { name: "O'Neil <&>" })).toBe("O'Neil <&> & O'Neil <&>");
  });

  it.each([
    '{{missing}}',
    '{{person.missing}}',
    '{{#if missing}}x{{/if}}',
    '{{plural missing "a" "b"}}',
    '{{#each missing}}x{{/each}}',
  ])('refuses a variable that it does not know: %s', (source) => {
    expect(() => render({ page: source }, { person: {} })).toThrow('"missing" not defined');
  });

  it('knows a variable that is null', () => {
    expect(render({ page: '{{#if hint}}x{{else}}none{{/if}}' }, { hint: null })).toBe('none');
  });

  it('lets a template ask for what may be missing', () => {
    expect(render({ page: '{{optional hint "none"}}{{#if (optional hint)}}x{{/if}}' }, {})).toBe('none');
  });

  it('hands a partial only what is given to it', () => {
    const files = { page: '{{> card title="One"}}', card: '{{title}} {{optional name "nobody"}}' };
    expect(render(files, { name: 'Carl' })).toBe('One nobody');
  });

  it('wraps a page into its layout, which sees what the page sees', () => {
    const files = {
      page: '{{#> layouts/plain title="Hello"}}<p>{{name}}</p>{{/layouts/plain}}',
      'layouts/plain': '<h1>{{title}}, {{name}}, {{@desk}}</h1>{{> @partial-block}}',
    };
    expect(render(files, { name: 'Carl' }, { desk: 'Acme' })).toBe('<h1>Hello, Carl, Acme</h1><p>Carl</p>');
  });

  it.each([
    '{{constructor.name}}',
    '{{name.constructor}}',
    '{{lookup name "constructor"}}',
    '{{__proto__}}',
    '{{name.length.constructor}}',
  ])('never shows what lies behind an object: %s', (source) => {
    const shown = (() => {
      try {
        return render({ page: source }, { name: 'Carl' });
      } catch {
        return '';
      }
    })();
    expect(shown).toBe('');
  });

  it('refuses a variable that a helper would hide', () => {
    expect(() => render({ page: '{{time}}' }, { time: 'now' })).toThrow('{{time}} is a helper');
    expect(render({ page: '{{this.time}}' }, { time: 'now' })).toBe('now');
  });

  it('shows an instant to people and to scripts', () => {
    const model = { at: new Date('2026-11-23T13:03:00Z') };
    const frame = { timezone: 'Europe/Berlin', now: new Date('2026-11-23T13:08:00Z') };
    expect(render({ page: '{{time at}}' }, model, frame)).toBe(
      '<time datetime="2026-11-23T13:03:00.000Z" data-style="full">Mon 23 Nov 2026, 14:03 CET</time>',
    );
    expect(render({ page: '{{time at "relative"}}' }, model, frame)).toBe(
      '<time datetime="2026-11-23T13:03:00.000Z" data-style="relative" title="Mon 23 Nov 2026, 14:03 CET">5m ago</time>',
    );
  });

  it("makes links of addresses in a person's words, and of nothing else", () => {
    const words = 'See https://example.com/?a=1&b="x". javascript:alert(1) <b>';
    expect(render({ page: '{{prose text}}' }, { text: words })).toBe(
      'See <a href="https://example.com/?a&#x3D;1&amp;b&#x3D;" rel="noopener noreferrer nofollow">https://example.com/?a&#x3D;1&amp;b&#x3D;</a>&quot;x&quot;. javascript:alert(1) &lt;b&gt;',
    );
  });
});
