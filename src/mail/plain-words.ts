import { htmlText } from './inbound/reading/html-text.js';

/** All that the HTML says, as text: what stands beside it in a letter. */
export function plainWords(html: string): string {
  return htmlText(html);
}
