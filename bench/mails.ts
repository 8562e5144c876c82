/** A mail and its envelope. */
export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
}

const BYTES = 5_000;
const LINE = 'The printer on the second floor makes a noise, and nothing comes out of it but a smell of dust.\r\n';

/** Mails of 5 kB, in text and HTML as mail programs write, each from somebody else; no two benchmarks write the same. */
export function mailsOf(count: number, series: string): Mail[] {
  return Array.from({ length: count }, (_, index) => mail(`${series}-${index}`));
}

function mail(key: string): Mail {
  const from = `carl.${key}@customer.example`;
  const to = 'support@bench.test';
  const head = [
    `From: Carl Customer <${from}>`,
    `To: Support <${to}>`,
    `Subject: The printer does not print (${key})`,
    `Message-ID: <${key}@customer.example>`,
    'Date: Mon, 01 Jun 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="b-${key}"`,
    '',
    '',
  ].join('\r\n');
  const words = `Good morning, this is about ${key}.\r\n${LINE.repeat(Math.floor((BYTES - 700) / 2 / LINE.length))}`;
  const parts = [
    `--b-${key}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${words}`,
    `--b-${key}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>${words}</p>`,
    `--b-${key}--\r\n`,
  ];
  return { from, to, raw: head + parts.join('\r\n') };
}
