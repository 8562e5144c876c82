import render from 'dom-serializer';
import { DomUtils, ElementType, parseDocument } from 'htmlparser2';
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
  const place = placesIn(document);
  for (const element of elementsIn(document)) {
    const mark = element.attribs[MARK];
    Reflect.deleteProperty(element.attribs, MARK);
    if (mark === undefined || isFolded(element) || !place.saysBefore(element)) continue;

    if (mark === 'history') foldFrom(element, words);
    else if (!isForwarded(element) && !place.saysAfter(element)) fold([element], words);
  }
}

interface Places {
  /** Whether words or pictures stand above where the element begins. */
  readonly saysBefore: (element: Element) => boolean;
  /** Whether they stand below where it ends. */
  readonly saysAfter: (element: Element) => boolean;
}

/** Where what says something begins and ends, and where each element does, by one walk: a mail may hold ten thousands of quotes. */
function placesIn(document: Parent): Places {
  const ends = new Map<Child, { readonly from: number; readonly to: number }>();
  let at = 0;
  let [first, last] = [Infinity, -1];
  const walk = (node: Child): void => {
    const from = at++;
    if (saysSomething(node)) {
      first = Math.min(first, from);
      last = from;
    }
    if ('children' in node) for (const child of node.children) walk(child);
    ends.set(node, { from, to: at });
  };
  for (const child of document.children) walk(child);
  return {
    saysBefore: (element) => first < (ends.get(element)?.from ?? 0),
    saysAfter: (element) => last >= (ends.get(element)?.to ?? Infinity),
  };
}

function saysSomething(node: Child): boolean {
  return node.type === ElementType.Text ? node.data.trim() !== '' : 'name' in node && node.name === 'img';
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

function elementsIn(document: Parent): ReturnType<typeof DomUtils.getElementsByTagName> {
  return DomUtils.getElementsByTagName('*', document);
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
