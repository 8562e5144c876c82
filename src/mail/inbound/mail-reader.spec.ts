import { MailReader, overLimit } from './mail-reader.js';
import { UnreadableMail } from './reading/unreadable-mail.js';

const limits = { computingMs: 20_000, elapsedMs: 50_000, everyMs: 1_000 };
const mail = Buffer.from('From: carl@harbour.example\r\nSubject: Lamp\r\n\r\nIt flickers.');
const read = (reader: MailReader) =>
  reader.read(mail, { envelopeFrom: null, envelopeTo: [] }, { addresses: [], domains: [] });

describe('The reader of mails', () => {
  it('takes a mail for a bomb by what it computes, however long it waits for the machine', () => {
    expect(overLimit(limits, { computingMs: 20_000, elapsedMs: 50_000 })).toBeNull();
    expect(overLimit(limits, { computingMs: 20_001, elapsedMs: 20_001 })).toEqual({
      unreadable: 'Reading it took more than 20 seconds of computing.',
    });
    expect(overLimit(limits, { computingMs: 300, elapsedMs: 50_001 })).toEqual({
      tooSlow: 'Reading it was not done within 50 seconds: the machine is too busy.',
    });
  });

  it('ends a thread with a mail that computes for too long, and reads the next one in another', async () => {
    const reader = new MailReader();
    try {
      // Any computing at all is too much: the first look finds it, long before the thread has begun.
      reader.limits = { ...limits, computingMs: -1, everyMs: 1 };
      const bomb: unknown = await read(reader).catch((error: unknown) => error);
      expect(bomb).toBeInstanceOf(UnreadableMail);
      reader.limits = limits;
      expect(await read(reader)).toMatchObject({ subject: 'Lamp' });
    } finally {
      await reader.onApplicationShutdown();
    }
  });

  it('leaves a mail for later that the machine had no time for', async () => {
    const reader = new MailReader();
    try {
      reader.limits = { ...limits, elapsedMs: -1, everyMs: 1 };
      const slow: unknown = await read(reader).catch((error: unknown) => error);
      expect(slow).not.toBeInstanceOf(UnreadableMail);
      expect(slow).toEqual(new Error('Reading it was not done within -0.001 seconds: the machine is too busy.'));
    } finally {
      await reader.onApplicationShutdown();
    }
  });
});
