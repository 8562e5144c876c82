import fc from 'fast-check';
import { strangers } from './read-mail.job.js';

const few = fc.integer({ min: 0, max: 3 });
const mail = fc.record({ content: few, id: fc.option(few), sender: fc.option(few) }).map(({ content, id, sender }) => ({
  identity: `content ${content}`,
  parsed: {
    messageId: id === null ? null : `<${id}@there.example>`,
    from: sender === null ? null : { email: `carl.${sender}@there.example`, name: '' },
  },
}));

describe('Mails that are filed together', () => {
  it('have nothing to do with each other, and each sender’s stay in their order', () => {
    fc.assert(
      fc.property(fc.array(mail, { maxLength: 12 }), (mails) => {
        const batches = strangers(mails);
        expect(batches.flat()).toHaveLength(mails.length);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(new Set(batch.map(({ identity }) => identity)).size).toBe(batch.length);
          expect(new Set(batch.map(({ parsed }) => parsed.from?.email)).size).toBe(batch.length);
          const ids = batch.flatMap(({ parsed }) => parsed.messageId ?? []);
          expect(new Set(ids).size).toBe(ids.length);
        }
        const inOrder = (list: typeof mails, email: string | undefined) =>
          list.filter(({ parsed }) => parsed.from?.email === email);
        for (const email of new Set(mails.map(({ parsed }) => parsed.from?.email))) {
          expect(inOrder(batches.flat(), email)).toEqual(inOrder(mails, email));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('are all of them where each is somebody else’s', () => {
    const mails = [1, 2, 3].map((one) => ({
      identity: String(one),
      parsed: { messageId: `<${one}@there.example>`, from: { email: `${one}@there.example`, name: '' } },
    }));
    expect(strangers(mails)).toEqual([mails]);
  });
});
