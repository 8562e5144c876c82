import { compile, type FormatCallback, type SelectorDefinition } from 'html-to-text';

/**
 * HTML to text. What a mail program marks as quoted becomes lines with a `>` before them, and where it only marks the place
 * from which on all is history, that place becomes a line that reply-text.ts knows; so one reader of text serves both.
 */

/** A line of its own: from here on nothing is new. From Unicode's private area, so no mail can hold it (see below). */
export const HISTORY_BELOW = '\ue0f0';
/** A line of its own: what follows, up to the end or the history, is the program's signature block. */
export const SIGNATURE_BELOW = '\ue0f1';

/** Containers of quoted text, each named for the program that writes it. */
const QUOTES = [
  'blockquote', // nearly everybody
  'div.gmail_quote', // Gmail
  'div.gmail_extra',
  'div.yahoo_quoted', // Yahoo
  'div.protonmail_quote', // Proton
  'div.tutanota_quote', // Tuta
  'div.zmail_extra', // Zoho
  'div[name="quote"]', // GMX, web.de, mail.com
  'div[name="messageReplySection"]', // Spark
];

/** Where Outlook and its kin begin the history without enclosing it. */
const HISTORY_BEGINS = [
  'div#appendonsend',
  'div#divRplyFwdMsg',
  'div#mail-editor-reference-message-container',
  'span#OLK_SRC_BODY_SECTION',
  'div#OLK_SRC_BODY_SECTION',
  'div[style*="border-top:solid #E1E1E1"i]',
  'div[style*="border-top:solid #B5C4DF"i]',
  'div[style*="border-top: solid #E1E1E1"i]',
  'div[style*="border-top: 1pt solid rgb(225, 225, 225)"i]',
  'div[style*="border-top:1pt solid rgb(225,225,225)"i]',
  'hr#stopSpelling', // Hotmail
  'hr[data-marker="__DIVIDER__"]', // Zimbra
  'div#isReplyContent', // NetEase
  'blockquote#isReplyContent',
  'div.ntes_mailquote',
];

const SIGNATURES = [
  'div.gmail_signature',
  'div[data-smartmail="gmail_signature"]',
  'div.moz-signature',
  'pre.moz-signature',
  'div#ms-outlook-mobile-signature',
  'div.protonmail_signature_block',
  'div#yahoo-signature',
];

const quote: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1, reservedLineLength: 2 });
  walk(element.children, builder);
  builder.closeBlock({
    trailingLineBreaks: 1,
    blockTransform: (block) =>
      withoutEmptyEnds(block)
        .split('\n')
        .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
        .join('\n'),
  });
};

const marker =
  (sign: string): FormatCallback =>
  (element, walk, builder) => {
    builder.openBlock({ leadingLineBreaks: 1 });
    builder.addInline(sign);
    builder.closeBlock({ trailingLineBreaks: 1 });
    builder.openBlock({ leadingLineBreaks: 1 });
    walk(element.children, builder);
    builder.closeBlock({ trailingLineBreaks: 1 });
  };

const plain: SelectorDefinition[] = [
  { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: [' <', '>'] } },
  { selector: 'img', format: 'skip' },
  { selector: 'style', format: 'skip' },
  { selector: 'script', format: 'skip' },
  { selector: 'title', format: 'skip' },
  { selector: 'p', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
  // Outlook writes each line as a paragraph without margins.
  { selector: 'p.MsoNormal', format: 'paragraph', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  { selector: 'p.MsoPlainText', format: 'paragraph', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  { selector: 'td', format: 'cell' },
  { selector: 'th', format: 'cell' },
  { selector: 'hr', options: { length: 40 } },
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
];

const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder);
  builder.addInline(' ');
};

const limits = { maxDepth: 250, maxInputLength: 8 * 1024 * 1024, ellipsis: '…' };

const convert = compile({
  wordwrap: false,
  limits,
  formatters: { cell, quote },
  selectors: [...plain, { selector: 'blockquote', format: 'quote' }],
});

const convertMarked = compile({
  wordwrap: false,
  limits,
  formatters: { cell, quote, history: marker(HISTORY_BELOW), signature: marker(SIGNATURE_BELOW) },
  selectors: [
    ...plain,
    ...QUOTES.map((selector) => ({ selector, format: 'quote' })),
    ...HISTORY_BEGINS.map((selector) => ({ selector, format: 'history' })),
    ...SIGNATURES.map((selector) => ({ selector, format: 'signature' })),
  ],
});

/** All that the HTML says, as text. */
export function htmlText(html: string): string {
  return tidy(convert(html));
}

/** The same with the marks of quotes, history and signatures in it. */
export function markedText(html: string): string {
  return tidy(convertMarked(html.replace(/[\ue0f0\ue0f1]|&#(?:x0*e0f[01]|0*5758[45]);?/gi, '')));
}

/** By hand: a pattern for line feeds at the end tries each of a million line feeds in the middle. */
function withoutEmptyEnds(block: string): string {
  let from = 0;
  let to = block.length;
  while (block[from] === '\n') from++;
  while (to > from && block[to - 1] === '\n') to--;
  return block.slice(from, to);
}

function tidy(text: string): string {
  return text
    .replace(/\u00a0/g, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
