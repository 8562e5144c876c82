import { createHash } from 'node:crypto';

/** A mail as a customer's program would write it. Lines end in CR LF, as they travel. */
export interface MailToWrite {
  readonly from: string;
  readonly to?: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId?: string;
  readonly headers?: Record<string, string>;
}

export function writeMail({
  from,
  to = 'support@desk.test',
  subject,
  text,
  messageId,
  headers = {},
}: MailToWrite): Buffer {
  const id = messageId ?? `<${createHash('sha1').update(`${from}${subject}${text}`).digest('hex')}@customer.example>`;
  const lines = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: ${id}`,
    'Date: Mon, 01 Jun 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    ...text.split('\n'),
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}

/** The bare address of `Carl Customer <carl@customer.example>`. */
export const addressOf = (person: string): string => /<([^>]+)>/.exec(person)?.[1] ?? person;
