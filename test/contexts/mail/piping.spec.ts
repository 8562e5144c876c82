import { deliver, EXIT } from '../../../src/cli/mail-deliver.js';
import { LARGEST_MAIL } from '../../../src/mail/mail-intake.js';
import { letterFromCarl, mail, PostOffice } from './post-office.js';

describe('mail deliver', () => {
  let office: PostOffice;

  beforeAll(async () => {
    office = await PostOffice.open();
  });
  afterAll(() => office.close());
  beforeEach(() => office.query('delete from inbound_mail'));

  const stored = (): Promise<{ from: string | null; to: string[]; channel: string }[]> =>
    office.query('select envelope_from as from, envelope_to as to, channel from inbound_mail');

  it('keeps the mail, and exits with 0', async () => {
    expect(
      await deliver(office.house, {
        raw: mail(letterFromCarl()),
        from: 'bounce@example.com',
        to: ['support+x@desk.test'],
      }),
    ).toMatchObject({ code: EXIT.ok });
    expect(await stored()).toEqual([{ from: 'bounce@example.com', to: ['support+x@desk.test'], channel: 'pipe' }]);
  });

  it('takes sender and recipient from the mail and the desk where nobody tells them', async () => {
    await deliver(office.house, {
      raw: mail(`Return-Path: <carl.return@example.com>\n${letterFromCarl()}`),
      from: undefined,
      to: [],
    });
    await deliver(office.house, { raw: mail(letterFromCarl()), from: undefined, to: [] });
    await deliver(office.house, { raw: mail(letterFromCarl()), from: '', to: [] });
    expect((await stored()).map(({ from, to }) => [from, ...to])).toEqual([
      ['carl.return@example.com', 'support@desk.test'],
      ['carl@example.com', 'support@desk.test'],
      [null, 'support@desk.test'],
    ]);
  });

  it('exits with 67 for a mailbox that is not ours, 65 for a mail too large and for none at all', async () => {
    const raw = mail(letterFromCarl());
    expect(
      await deliver(office.house, { raw, from: undefined, to: ['support@desk.test', 'nobody@desk.test'] }),
    ).toMatchObject({ code: EXIT.noUser });
    expect(await deliver(office.house, { raw: Buffer.alloc(LARGEST_MAIL + 1), from: '', to: [] })).toMatchObject({
      code: EXIT.dataError,
    });
    expect(await deliver(office.house, { raw: Buffer.alloc(0), from: '', to: [] })).toMatchObject({
      code: EXIT.dataError,
    });
    expect(await stored()).toEqual([]);
  });

  it('throws when the house is at fault, so that the sender keeps the mail (75)', async () => {
    await office.query('alter table inbound_mail rename to away');
    await expect(deliver(office.house, { raw: mail(letterFromCarl()), from: '', to: [] })).rejects.toThrow(
      'inbound_mail',
    );
    await office.query('alter table away rename to inbound_mail');
  });
});
