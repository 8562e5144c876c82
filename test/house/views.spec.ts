import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import { helpers } from '../../src/platform/rendering/helpers.js';

const FOLDER = path.join(import.meta.dirname, '../../views');
const BUILT_IN = ['if', 'unless', 'each', 'with', 'lookup'];
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.hbs'));
const names = files.map((file) => file.slice(0, -'.hbs'.length).split(path.sep).join('/'));
const pages = names.filter((name) => !name.startsWith('mail/'));

const sourceOf = (name: string): string => readFileSync(path.join(FOLDER, `${name}.hbs`), 'utf8');

interface Called {
  readonly partials: string[];
  readonly helpers: string[];
  readonly icons: string[];
}

/** Whom a template calls. */
function callsIn(source: string): Called {
  const called: Called = { partials: [], helpers: [], icons: [] };
  class Listener extends Handlebars.Visitor {
    override PartialStatement(partial: hbs.AST.PartialStatement): void {
      called.partials.push((partial.name as hbs.AST.PathExpression).original);
      super.PartialStatement(partial);
    }

    override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
      called.partials.push((partial.name as hbs.AST.PathExpression).original);
      super.PartialBlockStatement(partial);
    }

    override BlockStatement(block: hbs.AST.BlockStatement): void {
      called.helpers.push(block.path.original);
      super.BlockStatement(block);
    }

    override SubExpression(expression: hbs.AST.SubExpression): void {
      called.helpers.push(expression.path.original);
      super.SubExpression(expression);
    }

    override MustacheStatement(statement: hbs.AST.MustacheStatement): void {
      const name = (statement.path as hbs.AST.PathExpression).original;
      const [first] = statement.params;
      if (statement.params.length > 0) called.helpers.push(name);
      if (name === 'icon' && first?.type === 'StringLiteral') called.icons.push((first as hbs.AST.StringLiteral).value);
      super.MustacheStatement(statement);
    }
  }
  new Listener().accept(Handlebars.parse(source));
  return called;
}

describe('the views', () => {
  it('are all there', () => {
    expect(pages.length).toBeGreaterThan(30);
  });

  it.each(names)('%s can be compiled', (name) => {
    expect(() => Handlebars.precompile(sourceOf(name), { strict: true })).not.toThrow();
  });

  it.each(names)('%s calls only partials, helpers and icons that exist', (name) => {
    const called = callsIn(sourceOf(name));
    const icons = path.join(path.dirname(require.resolve('lucide-static/package.json')), 'icons');
    expect(called.partials.filter((partial) => partial !== '@partial-block' && !names.includes(partial))).toEqual([]);
    expect(called.helpers.filter((helper) => !(helper in helpers) && !BUILT_IN.includes(helper))).toEqual([]);
    expect(called.icons.filter((icon) => !readdirSync(icons).includes(`${icon}.svg`))).toEqual([]);
  });

  it.each(pages)('%s keeps to the content security policy: no script, style or handler inside', (name) => {
    const source = sourceOf(name);
    expect(source).not.toMatch(/<style\b|\sstyle=|<script\b(?![^>]*\bsrc=)|\son[a-z]+=|hx-on|javascript:/i);
  });

  it.each(pages)('%s escapes everything', (name) => {
    expect(sourceOf(name)).not.toMatch(/\{\{\{|\{\{&/);
  });

  it.each(pages)('every form of %s that changes something carries its token', (name) => {
    const forms = [...sourceOf(name).matchAll(/<form\b[^>]*method="post"[\s\S]*?<\/form>/g)].map(([form]) => form);
    expect(forms.filter((form) => !form.includes('{{> partials/csrf}}'))).toEqual([]);
  });

  it.each(
    names.filter((name) => name.startsWith('mail/') && name.endsWith('.html') && !name.startsWith('mail/layout/')),
  )('%s has its siblings: a subject and a text', (name) => {
    const letter = name.slice(0, -'.html'.length);
    expect(names).toEqual(expect.arrayContaining([`${letter}.subject`, `${letter}.text`]));
  });
});
