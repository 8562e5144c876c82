import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** Far deeper than any letter; what the sanitiser keeps is less deep. */
const MOST_LEVELS = 300;
/** Tags whose number alone, closed or not, costs the parser more and more. */
const FOREIGN = words('svg math mi mo mn ms mtext annotation-xml foreignobject desc title');
/** What stands in these is text to the parser up to their end, so nothing nests in them; without their beginning it would be tags. */
const RAW = words('script style title textarea xmp');
const VOID = words(
  'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr',
);
/** What an opening tag closes before it, as old mails leave it to browsers to know. */
const CLOSES = new Map<string, ReadonlySet<string>>([
  ...[...words('p div ul ol dl table blockquote pre h1 h2 h3 h4 h5 h6 address center hr')].map(
    (name) => [name, words('p')] as const,
  ),
  ['li', words('li')],
  ['dt', words('dt dd')],
  ['dd', words('dt dd')],
  ['tr', words('tr th td')],
  ['th', words('th')],
  ['td', words('thead th td')],
  ['tbody', words('thead tbody')],
  ['option', words('option')],
]);

interface Open {
  readonly name: string;
  readonly dropped: boolean;
}

/**
 * The HTML without tags that lie deeper than any letter's. The parser's work grows with the square of the depth: two megabytes of tags in
 * tags would hold up all others for many seconds each time that somebody looks at them. It is told by the parser's own tokens, so that
 * nothing can be hidden between the two. At no moment is less counted as open than the parser has open.
 */
export function shallowHtml(html: string): string {
  if (html.length < MOST_LEVELS * 3) return html;

  const cuts: [from: number, to: number][] = [];
  const open: Open[] = [];
  const count = new Map<string, number>();
  let kept = 0;
  let foreign = 0;
  let current = { name: '', from: 0 };

  const pop = (): Open | undefined => {
    const last = open.pop();
    if (last === undefined) return undefined;
    count.set(last.name, (count.get(last.name) ?? 0) - 1);
    if (!last.dropped) kept--;
    return last;
  };
  const begin = (to: number, encloses: boolean): void => {
    const { name, from } = current;
    const closes = CLOSES.get(name);
    while (closes?.has(open.at(-1)?.name ?? '') === true) pop();
    if (VOID.has(name)) return;

    const raw = encloses && RAW.has(name);
    if (FOREIGN.has(name) && !raw) foreign++;
    const dropped = !raw && (kept >= MOST_LEVELS || (FOREIGN.has(name) && foreign > MOST_LEVELS));
    open.push({ name, dropped });
    count.set(name, (count.get(name) ?? 0) + 1);
    if (dropped) cuts.push([from, to]);
    else kept++;
  };
  const end = (name: string, from: number, to: number): void => {
    if ((count.get(name) ?? 0) === 0) return;
    let last = pop();
    while (last !== undefined && last.name !== name) last = pop();
    if (last?.dropped === true) cuts.push([from, to]);
  };
  const nothing = (): void => undefined;
  const tokens: TokenizerCallbacks = {
    onopentagname: (from, to) => {
      current = { name: html.slice(from, to).toLowerCase(), from: from - 1 };
    },
    onopentagend: (at) => {
      begin(at + 1, true);
    },
    onselfclosingtag: (at) => {
      begin(at + 1, false);
    },
    onclosetag: (from, to) => {
      const close = html.indexOf('>', to);
      end(html.slice(from, to).toLowerCase(), html.lastIndexOf('<', from), close === -1 ? html.length : close + 1);
    },
    ...{ onattribdata: nothing, onattribentity: nothing, onattribend: nothing, onattribname: nothing },
    ...{ oncdata: nothing, oncomment: nothing, ondeclaration: nothing, onend: nothing },
    ...{ onprocessinginstruction: nothing, ontext: nothing, ontextentity: nothing },
  };
  const tokenizer = new Tokenizer({ decodeEntities: true }, tokens);
  tokenizer.write(html);
  tokenizer.end();
  return without(html, cuts);
}

/** A blank in place of each, so that what stood around it does not become a tag. */
function without(html: string, cuts: readonly (readonly [from: number, to: number])[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const [from, to] of cuts) {
    pieces.push(html.slice(at, from));
    at = to;
  }
  pieces.push(html.slice(at));
  return pieces.join(' ');
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}
