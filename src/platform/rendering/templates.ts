import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { helpers } from './helpers.js';
import { packageRoot } from './package-root.js';

const FOLDER = path.join(packageRoot, 'views');
const SUFFIX = '.hbs';

/**
 * One Handlebars for pages and letters. All of views/ is read when the house starts, and each file is compiled once.
 *
 * Stricter than Handlebars itself: an unknown variable is an error wherever it stands, also as the argument of a helper, unless it is
 * asked for by `(optional name)`; and a partial sees only what it is handed, so `{{> partials/field name="subject"}}` cannot pick up a
 * stray variable of the page around it. A layout, `{{#> layouts/public title="…"}}`, sees all that its page sees.
 */
export class TemplateFolder {
  private readonly handlebars = Handlebars.create();
  private readonly templates = new Map<string, HandlebarsTemplateDelegate>();

  constructor(private readonly folder: string) {
    this.handlebars.registerHelper(helpers);
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith(SUFFIX)) this.add(file.slice(0, -SUFFIX.length).split(path.sep).join('/'), file);
    }
  }

  /**
   * The template `views/<name>.hbs` with this model. What is in `frame` is seen from everywhere, also inside partials, as `@key`.
   * Letters' subjects and texts (`<letter>.subject`, `<letter>.text`) are not HTML and nothing in them is escaped.
   */
  render(name: string, model: object, frame: object = {}): string {
    const template = this.templates.get(name);
    if (template === undefined) throw new Error(`There is no template views/${name}${SUFFIX}.`);
    return template(model, { data: { ...frame } });
  }

  get names(): readonly string[] {
    return [...this.templates.keys()];
  }

  private add(name: string, file: string): void {
    const template = this.handlebars.compile(
      tighten(this.handlebars.parse(readFileSync(path.join(this.folder, file), 'utf8'))),
      {
        strict: true,
        explicitPartialContext: true,
        preventIndent: true,
        knownHelpers: Object.fromEntries(Object.keys(helpers).map((helper) => [helper, true])),
        noEscape: name.endsWith('.text') || name.endsWith('.subject'),
      },
    );
    this.templates.set(name, template);
    this.handlebars.registerPartial(name, template);
  }
}

/** The house's own templates, views/. */
@Injectable()
export class Templates extends TemplateFolder {
  constructor() {
    super(FOLDER);
  }
}

const THIS = { type: 'PathExpression', data: false, depth: 0, parts: [], original: 'this' };

/** Makes every variable strict but those in `(optional …)`, and hands a layout and its block the page's own variables. */
function tighten(program: hbs.AST.Program): hbs.AST.Program {
  class Tightener extends Handlebars.Visitor {
    override PathExpression(variable: hbs.AST.PathExpression): void {
      Object.assign(variable, { strict: true });
    }

    override SubExpression(expression: hbs.AST.SubExpression): void {
      if (asksForWhatMayBeMissing(expression)) this.acceptArray(expression.params.slice(1));
      else super.SubExpression(expression);
    }

    override MustacheStatement(statement: hbs.AST.MustacheStatement): void {
      refuseHelperWithoutArguments(statement);
      if (asksForWhatMayBeMissing(statement)) this.acceptArray(statement.params.slice(1));
      else super.MustacheStatement(statement);
    }

    override PartialStatement(partial: hbs.AST.PartialStatement): void {
      if ((partial.name as hbs.AST.PathExpression).original === '@partial-block') handOverAll(partial);
      this.acceptArray(partial.params);
      this.accept(partial.hash);
    }

    override PartialBlockStatement(block: hbs.AST.PartialBlockStatement): void {
      handOverAll(block);
      this.acceptArray(block.params);
      this.accept(block.hash);
      this.accept(block.program);
    }
  }
  new Tightener().accept(program);
  return program;
}

function asksForWhatMayBeMissing({ path }: { path: hbs.AST.PathExpression | hbs.AST.Literal }): boolean {
  return path.type === 'PathExpression' && (path as hbs.AST.PathExpression).original === 'optional';
}

/** `{{time}}` would call the helper instead of showing a variable of that name. */
function refuseHelperWithoutArguments({ path, params }: hbs.AST.MustacheStatement): void {
  if (path.type !== 'PathExpression' || params.length > 0) return;

  const name = (path as hbs.AST.PathExpression).original;
  if (name in helpers)
    throw new Error(`{{${name}}} is a helper and needs arguments; a variable of that name is {{this.${name}}}.`);
}

function handOverAll(partial: { params: hbs.AST.Expression[]; loc: hbs.AST.SourceLocation }): void {
  if (partial.params.length === 0) partial.params.push({ ...THIS, loc: partial.loc });
}
