import { createHash } from 'node:crypto';
import { fieldOf, headerEnd, type MimePart } from './mime.js';

/** Fields that each server on the way adds or changes: they say nothing about which mail it is. */
const TRACE = new Set([
  'received',
  'return-path',
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-envelope-from',
  'x-delivered-to',
  'authentication-results',
  'received-spf',
  'dkim-signature',
  'x-received',
  'x-spam-status',
  'x-spam-score',
  'x-spam-level',
  'x-spam-flag',
  'x-virus-scanned',
  'x-google-dkim-signature',
  'x-gm-message-state',
]);

/**
 * What makes two mails the same one: Message-ID, From, Date and Subject. Without a Message-ID it is everything but the
 * trace fields, with line ends made equal, since servers on the way change those as well.
 */
export function identityOf(raw: Buffer, root: MimePart): string {
  const hash = createHash('sha256');
  const messageId = fieldOf(root, 'message-id')?.replace(/\s+/g, '') ?? '';
  if (messageId !== '') {
    const value = (name: string): string => (fieldOf(root, name) ?? '').replace(/\s+/g, ' ').trim();
    return hash
      .update(['id', messageId, value('from'), value('date'), value('subject')].join('\n'), 'latin1')
      .digest('hex');
  }
  for (const field of root.fields) {
    if (!TRACE.has(field.name) && !field.name.startsWith('arc-'))
      hash.update(`${field.name}:${field.value.replace(/\s+/g, ' ')}\n`, 'latin1');
  }
  const body = raw.subarray(headerEnd(raw)).toString('latin1').replace(/\r\n?/g, '\n').trimEnd();
  return hash.update('\n').update(body, 'latin1').digest('hex');
}
