/**
 * How mail programs mark what they quote in HTML: `quote` where they enclose it, `history` where they only mark the place from
 * which on all is old.
 */

/** The attribute that carries the mark through the sanitiser, which drops classes and ids. */
export const MARK = 'data-fold';
export type QuoteMark = 'quote' | 'history';

const QUOTE_CLASS =
  /(?:^|\s)(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra)(?:\s|$)/;
const HISTORY_ID =
  /^(?:x_)*(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|isReplyContent|stopSpelling|zwchr)$/;
const HISTORY_CLASS = /(?:^|\s)ntes_mailquote(?:\s|$)/;
/** The thin grey line that Outlook draws above From, Sent, To. */
const OUTLOOK_LINE =
  /border-top:\s*(?:solid\s+#(?:e1e1e1|b5c4df)|(?:1(?:\.0)?pt|1px)\s+solid\s+(?:rgb\(225,\s*225,\s*225\)|#e1e1e1|#b5c4df))/i;

/** What this element says of itself and of what follows; null: nothing. */
export function markOf(tagName: string, attributes: Readonly<Record<string, string>>): QuoteMark | null {
  const { class: classes = '', id = '', name = '', style = '' } = attributes;
  if (HISTORY_ID.test(id) || HISTORY_CLASS.test(classes) || attributes['data-marker'] === '__DIVIDER__')
    return 'history';
  if (tagName === 'div' && OUTLOOK_LINE.test(style)) return 'history';
  if (tagName === 'blockquote' || QUOTE_CLASS.test(classes) || (tagName === 'div' && name === 'quote')) return 'quote';
  return null;
}
