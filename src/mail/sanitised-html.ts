import sanitizeHtml, { type Attributes, type IOptions } from 'sanitize-html';
import { MARK, markOf } from './quote-marks.js';
import { shallowHtml } from './shallow-html.js';

export interface SanitisedHtml {
  readonly html: string;
  /** Images from elsewhere that were left out: loading them would tell their owner who reads when. */
  readonly blockedImages: number;
}

export interface ShowImages {
  /** Where a part of the mail itself is found, by its Content-ID; null if there is none. */
  readonly cid?: (contentId: string) => string | null;
  /** What becomes of a picture that is written into the HTML itself; by default it stays. */
  readonly data?: (source: string) => string | null;
  /** Whether the reader asked for images from elsewhere. */
  readonly remote?: boolean;
  /** Whether what mail programs quote keeps a mark (`data-fold`), for `shownHtml` to fold it. */
  readonly markQuotes?: boolean;
}

const COLOUR = [/^#[0-9a-f]{3,8}$/i, /^rgba?\(\s*[\d.]+%?\s*(?:,\s*[\d.]+%?\s*){2,3}\)$/i, /^[a-z]{3,30}$/i];
const LENGTH = [/^-?\d{1,4}(?:\.\d{1,4})?(?:px|pt|em|rem|%|cm|mm|in)?$/i, /^auto$/i];
const LENGTHS = [/^(?:-?\d{1,4}(?:\.\d{1,4})?(?:px|pt|em|rem|%|cm|mm|in)?\s*){1,4}$/i];
const BORDER = [/^[\w\s.#(),%-]{1,80}$/i];

/** Styles that make text readable; nothing that loads, places or covers anything. */
const STYLES: Record<string, RegExp[]> = {
  color: COLOUR,
  'background-color': COLOUR,
  'font-weight': [/^(?:bold|bolder|lighter|normal|[1-9]00)$/i],
  'font-style': [/^(?:italic|normal|oblique)$/i],
  'font-size': [
    /^\d{1,2}(?:\.\d{1,3})?(?:px|pt|em|rem)$/i,
    /^(?:xx?-|)(?:small|large)(?:er)?$/i,
    /^medium$/i,
    /^\d{2,3}%$/,
  ],
  'font-family': [/^[\w\s,'"-]{1,200}$/],
  'text-align': [/^(?:left|right|center|justify|start|end)$/i],
  'text-decoration': [/^(?:underline|line-through|none|overline)$/i],
  'vertical-align': [/^(?:top|middle|bottom|baseline|sub|super|text-top|text-bottom)$/i],
  'white-space': [/^(?:normal|nowrap|pre|pre-wrap|pre-line)$/i],
  'list-style-type': [/^[a-z-]{3,30}$/i],
  'line-height': [/^\d{1,2}(?:\.\d{1,3})?(?:px|pt|em|%)?$/i, /^\d{2,3}%$/, /^normal$/i],
  display: [/^(?:inline|inline-block|block)$/i],
  'border-radius': LENGTH,
  margin: [/^(?:(?:\d{1,3}(?:px|pt|em|rem)?|auto)\s*){1,4}$/i],
  width: LENGTH,
  'max-width': LENGTH,
  height: LENGTH,
  padding: LENGTHS,
  'padding-left': LENGTH,
  'padding-right': LENGTH,
  'padding-top': LENGTH,
  'padding-bottom': LENGTH,
  'margin-left': [/^\d{1,3}(?:\.\d{1,4})?(?:px|pt|em|rem|%|cm|mm|in)?$/i],
  'margin-top': [/^\d{1,3}(?:\.\d{1,4})?(?:px|pt|em|rem|%|cm|mm|in)?$/i],
  'margin-bottom': [/^\d{1,3}(?:\.\d{1,4})?(?:px|pt|em|rem|%|cm|mm|in)?$/i],
  border: BORDER,
  'border-left': BORDER,
  'border-top': BORDER,
  'border-bottom': BORDER,
  'border-right': BORDER,
  'border-collapse': [/^(?:collapse|separate)$/i],
};

const TAGS = [
  ...[
    'p',
    'div',
    'br',
    'hr',
    'span',
    'a',
    'img',
    'blockquote',
    'pre',
    'code',
    'center',
    'address',
    'article',
    'section',
    'header',
    'footer',
    'main',
  ],
  ...[
    'b',
    'strong',
    'i',
    'em',
    'u',
    's',
    'strike',
    'del',
    'ins',
    'sub',
    'sup',
    'small',
    'big',
    'mark',
    'q',
    'cite',
    'abbr',
    'kbd',
    'samp',
    'var',
    'tt',
    'font',
  ],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'figure', 'figcaption'],
  ...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
];

const ATTRIBUTES: Record<string, string[]> = {
  '*': ['style', 'dir', 'lang', 'title', 'align'],
  a: ['href', 'rel', 'target'],
  img: ['src', 'alt', 'width', 'height', 'border'],
  table: ['border', 'cellpadding', 'cellspacing', 'width', 'bgcolor'],
  td: ['colspan', 'rowspan', 'valign', 'width', 'height', 'bgcolor', 'nowrap'],
  th: ['colspan', 'rowspan', 'valign', 'width', 'height', 'bgcolor', 'nowrap'],
  tr: ['valign', 'bgcolor'],
  col: ['span', 'width'],
  colgroup: ['span', 'width'],
  font: ['color', 'face', 'size'],
  ol: ['start', 'type', 'reversed'],
  li: ['value'],
};

/** Links within a mail, or relative to nothing, lead nowhere. */
const LEADS_OUT = /^\s*(?:https?:|mailto:|tel:)/i;

/**
 * A mail's HTML made fit to be shown: no scripts, styles sheets, forms, classes, ids, base or meta; links that open elsewhere
 * and tell nothing; images of the mail itself in their place, others only if asked for. To be shown in a sandboxed frame besides.
 */
export function sanitisedHtml(
  html: string,
  { cid = () => null, data = (source) => source, remote = false, markQuotes = false }: ShowImages = {},
): SanitisedHtml {
  let blockedImages = 0;
  const image = (source: string): string | null => {
    const [, contentId] = /^\s*cid:(.+?)\s*$/is.exec(source) ?? [];
    if (contentId !== undefined) return cid(decoded(contentId));
    if (/^\s*data:image\/(?:png|jpe?g|gif|webp|bmp);base64,[a-z0-9+/=\s]+$/i.test(source)) return data(source.trim());
    if (!/^\s*https?:\/\//i.test(source)) return null;
    if (remote) return source.trim();
    blockedImages++;
    return null;
  };
  const options: IOptions = {
    allowedTags: TAGS,
    allowedAttributes: { ...ATTRIBUTES, '*': [...(ATTRIBUTES['*'] ?? []), ...(markQuotes ? [MARK] : [])] },
    allowedStyles: { '*': STYLES },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    // Sources of images have been decided on by now: ours are paths or parts of a letter, those of the mail's own are data.
    allowedSchemesByTag: { img: ['http', 'https', 'data', 'cid'] },
    allowProtocolRelative: false,
    disallowedTagsMode: 'discard',
    nonTextTags: [
      'script',
      'style',
      'textarea',
      'option',
      'noscript',
      'title',
      'head',
      'svg',
      'math',
      'object',
      'iframe',
      'template',
    ],
    nestingLimit: 100,
    transformTags: {
      '*': (tagName: string, attribs: Attributes) => ({ tagName, attribs: marked(tagName, attribs, markQuotes) }),
      a: (tagName, { href, title, style }) => ({
        tagName,
        attribs: {
          ...(href === undefined || !LEADS_OUT.test(href)
            ? {}
            : { href, rel: 'noopener noreferrer nofollow', target: '_blank' }),
          ...(title === undefined ? {} : { title }),
          ...(style === undefined ? {} : { style }),
        },
      }),
      img: (tagName, { src = '', ...attribs }) => {
        const shown = image(src);
        delete attribs['srcset'];
        return {
          tagName,
          attribs: shown === null ? { ...attribs, alt: attribs['alt'] ?? '' } : { ...attribs, src: shown },
        };
      },
    },
  };
  return { html: sanitizeHtml(shallowHtml(html), options), blockedImages };
}

/** The mark is ours alone to give: what the mail brings under its name is dropped. */
function marked(tagName: string, attribs: Attributes, markQuotes: boolean): Attributes {
  const { [MARK]: _, ...others } = attribs;
  const mark = markQuotes ? markOf(tagName, attribs) : null;
  return mark === null ? others : { ...others, [MARK]: mark };
}

function decoded(contentId: string): string {
  try {
    return decodeURIComponent(contentId);
  } catch {
    // A % that encodes nothing: the id is meant as it stands.
    return contentId;
  }
}
