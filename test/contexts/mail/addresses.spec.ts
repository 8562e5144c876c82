import { DeskStore } from '../../../src/desk/desk.store.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { PostOffice } from './post-office.js';

describe('the desk and its mailboxes', () => {
  let office: PostOffice;
  let desk: DeskStore;
  let mailboxes: Mailboxes;

  beforeEach(async () => {
    office = await PostOffice.open();
    desk = office.get(DeskStore);
    mailboxes = office.get(Mailboxes);
  });
  afterEach(() => office.close());

  it('begin as support@MAIL_DOMAIN, not set up', async () => {
    expect(await desk.read()).toEqual({
      name: 'Support desk',
      language: 'en',
      timezone: 'UTC',
      supportAddress: 'support@desk.test',
      defaultCalendar: 'Office hours',
      setUpAt: null,
    });
    expect(await office.transaction((tx) => mailboxes.all(tx))).toEqual([
      { address: 'support@desk.test', name: 'Support desk' },
    ]);
  });

  it('remember what was saved, at once in this process', async () => {
    await desk.read();
    const setUpAt = office.now.read();
    await office.transaction((tx) =>
      desk.save(tx, { name: 'Example', timezone: 'Europe/Berlin', supportAddress: 'Help@Example.com', setUpAt }),
    );
    expect(await desk.read()).toEqual({
      name: 'Example',
      language: 'en',
      timezone: 'Europe/Berlin',
      supportAddress: 'help@example.com',
      defaultCalendar: 'Office hours',
      setUpAt,
    });
  });

  it('put the support address first, and know +tokens and bounce addresses', async () => {
    await office.transaction(async (tx) => {
      await mailboxes.save(tx, { address: 'Sales@desk.test', name: 'Sales' }, 'ann@desk.test');
      await mailboxes.save(tx, { address: 'sales@desk.test', name: 'Sales team' }, 'ann@desk.test');
      expect(await mailboxes.all(tx)).toEqual([
        { address: 'support@desk.test', name: 'Support desk' },
        { address: 'sales@desk.test', name: 'Sales team' },
      ]);
    });
    expect(await mailboxes.isOurs('SALES+abc@desk.test')).toBe(true);
    expect(await mailboxes.isOurs('sales@elsewhere.test')).toBe(false);
    expect((await mailboxes.ours()).tokenIn('Sales+ABC@desk.test')).toBe('abc');
    await office.transaction((tx) => mailboxes.remove(tx, 'sales@desk.test'));
    expect(await mailboxes.isOurs('sales@desk.test')).toBe(false);
    await expect(office.transaction((tx) => mailboxes.remove(tx, 'sales@desk.test'))).rejects.toThrow('no mailbox');
  });

  it.each(['support+x@desk.test', 'bounces@desk.test', 'no address', 'a@b@c'])(
    'refuse %s as a mailbox',
    async (address) => {
      await expect(office.transaction((tx) => mailboxes.save(tx, { address }, null))).rejects.toThrow(
        'A mailbox needs',
      );
    },
  );
});
