import { Directory } from '../../../src/customers/directory.js';
import { Undeliverable } from '../../../src/customers/undeliverable.js';
import { Users } from '../../../src/identity/users.js';
import { Mailboxes } from '../../../src/mail/mailboxes.js';
import { Teams } from '../../../src/teams/teams.js';
import { House } from '../../support/house.js';
import { adam, ann, bob, carl, hire, mia } from '../../support/people.js';
import { linksOf, Visitor, wordsOf } from '../../support/visitor.js';

const PASSWORD = 'a password that is long enough';
const by = { name: 'the story' };

describe('teams, organisations, mailboxes and the audit log as pages', () => {
  let house: House;
  let admin: Visitor;
  let manager: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await hire(house);
    admin = await signedIn(adam.email);
    manager = await signedIn(mia.email);
  });
  afterAll(() => house.close());

  const signedIn = async (email: string): Promise<Visitor> => {
    const user = await house.get(Users).byEmail(email);
    await house.transaction((tx) => house.get(Users).setPassword(tx, user?.id ?? '', PASSWORD, by));
    const visitor = new Visitor(house);
    await visitor.signIn(email, PASSWORD);
    return visitor;
  };
  const teams = () => house.database.readOnly((tx) => house.get(Teams).all(tx));
  const mailboxes = () => house.database.readOnly((tx) => house.get(Mailboxes).all(tx));

  it('a team is put together, looked at before it is saved, changed and removed', async () => {
    expect(wordsOf(await manager.open('/admin/teams'))).toContain('No teams yet');
    await admin.open('/admin/teams/new');
    const form = { name: 'Network', lead: mia.email, members: [ann.email, bob.email], handling: 'soon', calendar: '24x7', step: 'review' }; // prettier-ignore
    const faulty = await admin.send('/admin/teams/new', form);
    expect([faulty.status, wordsOf(faulty)]).toEqual([422, expect.stringContaining('“soon” is no time')]);
    const review = await admin.send('/admin/teams/new', { ...form, handling: '4 h' });
    expect(wordsOf(review)).toMatch(/Team Network.*new.*mia@desk.test.*ann@desk.test/);
    expect(await teams()).toEqual([]);
    const members = { members: [ann.email, bob.email] };
    expect((await admin.send('/admin/teams/new', { ...members, step: 'save' })).url).toBe('/admin/teams');
    expect(await teams()).toEqual([
      { name: 'Network', lead: mia.email, members: [ann.email, bob.email], calendar: '24x7', handling: 240 },
    ]);
    expect(wordsOf(await manager.open('/admin/teams'))).toMatch(
      /Network .*Mia Manager .*Ann Agent, Bob Beside 4 hours/,
    );

    await admin.open('/admin/teams/Network');
    await admin.send('/admin/teams/Network', {
      lead: '',
      members: ann.email,
      handling: '',
      calendar: '',
      step: 'review',
    });
    await admin.send('/admin/teams/Network', { step: 'save' });
    expect(await teams()).toEqual([{ name: 'Network', members: [ann.email] }]);

    await admin.open('/admin/teams/Network');
    await admin.send('/admin/teams/Network/removal');
    await admin.send('/admin/teams/Network/removal', { step: 'save' });
    expect(await teams()).toEqual([]);
  });

  it('a manager looks at all of it and changes nothing', async () => {
    await house.transaction((tx) => house.get(Teams).save(tx, { name: 'Field' }, by));
    const page = await manager.open('/admin/teams/Field');
    expect(page.body).toContain('<fieldset class="panel panel-body" disabled>');
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    expect((await manager.post('/admin/teams/Field', { _csrf: csrf, step: 'save' })).status).toBe(403);
    expect((await manager.open('/admin/audit')).status).toBe(403);
    expect((await manager.open('/admin/people')).status).toBe(403);
  });

  it('an organisation takes in who writes from its domains; its contacts are written to again, and see more or less', async () => {
    const contact = await house.transaction((tx) =>
      house.get(Directory).findOrAdd(tx, { email: carl.email, name: carl.name }, house.now.read()),
    );
    await house.mailArrives({ from: carl.from, subject: 'The harbour is dark', text: 'Hello' });
    await admin.open('/admin/organisations/new');
    const form = { name: 'Harbour Hotels', tier: 'Gold', domains: 'harbour.example\nno domain', calendar: '', step: 'review' }; // prettier-ignore
    expect(wordsOf(await admin.send('/admin/organisations/new', form))).toContain('“no domain” is not a domain');
    await admin.open('/admin/organisations/new');
    await admin.send('/admin/organisations/new', { ...form, domains: '@Harbour.example' });
    const made = await admin.send('/admin/organisations/new', { step: 'save' });
    expect(made.url).toBe('/admin/organisations/Harbour%20Hotels');
    expect(wordsOf(made)).toMatch(/Contacts Carl Customer carl@harbour.example/);

    await house.transaction((tx) =>
      house.get(Undeliverable).mark(tx, carl.email, { at: house.now.read(), reason: 'mailbox unknown' }),
    );
    const path = `/admin/organisations/Harbour%20Hotels/contacts/${contact.id}`;
    expect(wordsOf(await manager.open('/admin/organisations/harbour hotels'))).toContain('undeliverable');
    await manager.open('/admin/organisations/Harbour%20Hotels');
    expect(wordsOf(await manager.send(`${path}/deliverable`))).toContain('sent again');
    expect(await house.query('select undeliverable_at as at from contact where id = $1', [contact.id])).toEqual([{ at: null }]); // prettier-ignore

    const sees = () => house.query('select sees_organisation as sees from contact where id = $1', [contact.id]);
    await admin.open('/admin/organisations/Harbour%20Hotels');
    expect(wordsOf(await admin.send(`${path}/all-requests`))).toContain('sees all requests');
    expect(await sees()).toEqual([{ sees: true }]);
    await admin.send(`${path}/own-requests`);
    expect(await sees()).toEqual([{ sees: false }]);
    expect(wordsOf(await admin.open('/admin/organisations?q=HARBOUR.ex&tier=Gold'))).toContain('Harbour Hotels');
    expect(wordsOf(await admin.open('/admin/organisations?q=nothing'))).toContain('None like that');
  });

  it('a mailbox is added, fetched from by IMAP with a password that no page shows, and removed; the desk’s own stays', async () => {
    await admin.open('/admin/mailboxes/new');
    const form = {
      address: 'sales+x@desk.test',
      name: 'Sales',
      verifySenders: 'on',
      ownReturnPath: 'on',
      sendPerMinute: '60',
      step: 'review',
    };
    expect((await admin.send('/admin/mailboxes/new', form)).status).toBe(422);
    await admin.open('/admin/mailboxes/new');
    await admin.send('/admin/mailboxes/new', { ...form, address: 'Sales@desk.test' });
    const made = await admin.send('/admin/mailboxes/new', { step: 'save' });
    expect(made.url).toBe('/admin/mailboxes/sales%40desk.test');
    expect(await mailboxes()).toContainEqual({ address: 'sales@desk.test', name: 'Sales', sendPerMinute: 60 });

    const path = '/admin/mailboxes/sales%40desk.test/account';
    await admin.open(path);
    const account = {
      host: 'imap.example.com',
      user: 'sales',
      password: 'very secret words',
      security: 'tls',
      afterwards: 'move',
    };
    const faulty = await admin.send(path, account);
    expect(faulty.status).toBe(422);
    expect(faulty.body).not.toContain('very secret words');
    await admin.open(path);
    const saved = await admin.send(path, { ...account, moveTo: 'Done' });
    expect(wordsOf(saved)).toMatch(/imap.example.com.*sales/);
    expect((await admin.open(path)).body + (await admin.open('/admin/audit?what=mailbox')).body).not.toContain('very secret'); // prettier-ignore
    await admin.open(path);
    await admin.send(path, {
      host: 'imap.example.com',
      user: 'sales',
      security: 'tls',
      folder: 'Desk',
      afterwards: 'flag',
    });
    expect((await mailboxes()).find(({ address }) => address === 'sales@desk.test')?.imap).toMatchObject({
      folder: 'Desk',
    });

    await house.mailArrives({ from: carl.from, to: 'sales@desk.test', subject: 'How much is it?', text: 'Hello' });
    expect(wordsOf(await manager.open('/admin/mailboxes/sales%40desk.test'))).toMatch(/How much is it\? Carl Customer/);
    expect(wordsOf(await manager.open('/admin/mailboxes'))).toMatch(/sales@desk.test Sales .* 1 now/);

    await admin.open('/admin/mailboxes/sales%40desk.test');
    await admin.send('/admin/mailboxes/sales%40desk.test/removal');
    await admin.send('/admin/mailboxes/sales%40desk.test/removal', { step: 'save' });
    expect((await mailboxes()).map(({ address }) => address)).toEqual(['support@desk.test']);
    expect((await admin.open('/admin/mailboxes/support%40desk.test')).body).not.toContain('/removal');
  });

  it('all of it stands in the audit log, which tells who, what and how', async () => {
    const words = wordsOf(await admin.open('/admin/audit?what=team'));
    expect(words).toMatch(/Adam Admin removed the team Network.*Adam Admin changed the team Network.*Adam Admin added the team Network/); // prettier-ignore
    expect(words).toContain('Handling by a team');
    expect(wordsOf(await admin.open('/admin/audit?who=Mia+Manager'))).toMatch(/Mia Manager allowed letters again to carl@harbour.example/); // prettier-ignore
    expect(wordsOf(await admin.open('/admin/audit?q=harbour+hotels'))).toContain(
      'added the organisation Harbour Hotels',
    );
    expect(wordsOf(await admin.open('/admin/audit?q=nothing+at+all'))).toContain('No such entry');

    const today = house.now.read().toISOString().slice(0, 10);
    const tomorrow = new Date(house.now.read().getTime() + 86_400_000).toISOString().slice(0, 10);
    expect(wordsOf(await admin.open(`/admin/audit?from=${today}&to=${today}`))).toContain('team Network');
    expect(wordsOf(await admin.open(`/admin/audit?from=${tomorrow}`))).toContain('No such entry');
    for (const odd of ['from=2026-02-30', 'from=x', 'before=x', 'who=%25']) {
      expect((await admin.open(`/admin/audit?${odd}`)).status).toBe(200);
    }
  });

  it('and page by page, older and older, each entry once', async () => {
    const [{ count } = { count: 0 }] = await house.query<{ count: number }>(
      `select count(*)::integer as count from audit_entry`,
    );
    await house.transaction(async (tx) => {
      for (let n = count; n < 120; n++) await house.get(Teams).save(tx, { name: `Team ${n}` }, by);
    });
    let page = await admin.open('/admin/audit');
    let seen = 0;
    for (;;) {
      seen += [...page.body.matchAll(/<li>\s*<time/g)].length;
      const older = linksOf(page).find((href) => href.includes('before='));
      if (older === undefined) break;
      page = await admin.open(older);
    }
    const [{ total } = { total: 0 }] = await house.query<{ total: number }>(
      `select count(*)::integer as total from audit_entry`,
    );
    expect(seen).toBe(total);
  });
});
