import render from 'dom-serializer';
import { DomUtils, parseDocument } from 'htmlparser2';
import { lightAndDark } from './light-and-dark.js';
import { MARK } from './quote-marks.js';
import { sanitisedHtml, type SanitisedHtml, type ShowImages } from './sanitised-html.js';

type Parent = NonNullable<ReturnType<typeof DomUtils.getParent>>;
type Child = Parent['children'][number];
type Element = ReturnType<typeof elementsIn>[number];

/** What the summary of a fold says; the reader's language decides. */
export interface FoldWords {
  readonly quoted: string;
}

/**
 * A mail's HTML as a page shows it: sanitised, what it quotes folded as its text is, its colours legible by day and by night. To
 * be put into the frame that `sendForeignHtml` makes.
 */
export function shownHtml(
  html: string,
  { quoted = 'Quoted text', ...images }: Omit<ShowImages, 'markQuotes'> & Partial<FoldWords> = {},
): SanitisedHtml {
  const { html: clean, blockedImages } = sanitisedHtml(html, { ...images, markQuotes: true });
  const document = parseDocument(clean);
  foldQuotes(document, quoted);
  for (const element of elementsIn(document)) lightAndDark(element.attribs);
  return {
    html: render(document.children, { decodeEntities: true, encodeEntities: 'utf8' }),
    blockedImages,
  };
}

/** In doubt more is shown: nothing is folded that has the writer's words below it, or that is all there is. */
function foldQuotes(document: Parent, words: string): void {
  for (const element of elementsIn(document)) {
    const mark = element.attribs[MARK];
    Reflect.deleteProperty(element.attribs, MARK);
    if (mark === undefined || isFolded(element) || !saysSomething(before(element, document))) continue;

    if (mark === 'history') foldFrom(element, words);
    else if (!isForwarded(element) && !saysSomething(after(element, document))) fold([element], words);
  }
}

function isFolded(element: Element): boolean {
  for (let above = element.parent; above !== null; above = above.parent) {
    if ('name' in above && above.name === 'details') return true;
  }
  return false;
}

/** Gmail encloses in the same way what it forwards, and writes dashes above. */
function isForwarded(element: Element): boolean {
  return /^\s*-{5,}/.test(DomUtils.textContent(element).slice(0, 200));
}

/** The mark itself and everything below it, also outside of what encloses it. */
function foldFrom(mark: Element, words: string): void {
  const rest: Child[] = [mark, ...followers(mark)];
  for (let above = mark.parent; above !== null && 'name' in above; above = above.parent) {
    if (/^(?:td|th|tr|tbody|table|li|ul|ol)$/.test(above.name)) break;
    rest.push(...followers(above));
  }
  fold(rest, words);
}

function fold(nodes: readonly Child[], words: string): void {
  const [first] = nodes;
  if (first === undefined) return;

  const [details] = parseDocument(`<details><summary>${escaped(words)}</summary></details>`).children;
  if (details === undefined) return;
  DomUtils.prepend(first, details);
  for (const node of nodes) {
    DomUtils.removeElement(node);
    DomUtils.appendChild(details as Parent & Child, node);
  }
}

function followers(node: Child): Child[] {
  const found: Child[] = [];
  for (let next = node.next; next !== null; next = next.next) found.push(next);
  return found;
}

function before(element: Element, document: Parent): Child[] {
  return outside(element, document, (node) => node.prev);
}

function after(element: Element, document: Parent): Child[] {
  return outside(element, document, (node) => node.next);
}

/** What stands on one side of an element, at every height. */
function outside(element: Element, document: Parent, step: (node: Child) => Child | null): Child[] {
  const found: Child[] = [];
  for (let node: Child = element; ; node = node.parent) {
    for (let other = step(node); other !== null; other = step(other)) found.push(other);
    if (node.parent === null || node.parent === document) return found;
  }
}

function saysSomething(nodes: readonly Child[]): boolean {
  return nodes.some(
    (node) => DomUtils.textContent(node).trim() !== '' || DomUtils.getElementsByTagName('img', node).length > 0,
  );
}

function elementsIn(document: Parent): ReturnType<typeof DomUtils.getElementsByTagName> {
  return DomUtils.getElementsByTagName('*', document);
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
