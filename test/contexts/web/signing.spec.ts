import { Audit } from '../../../src/identity/audit.js';
import { Dns } from '../../../src/mail/dns.js';
import { ADMIN_PASSWORD, House } from '../../support/house.js';
import { adam } from '../../support/people.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

const PATH = '/admin/mailboxes/support%40desk.test/signing';

describe('the page of signed letters', () => {
  let house: House;
  let admin: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness();
    admin = new Visitor(house);
    await admin.signIn(adam.email, ADMIN_PASSWORD);
  });
  afterAll(() => house.close());

  it('makes a key, shows the record for the DNS but not the key, and says when DNS has it', async () => {
    expect(wordsOf(await admin.open(PATH))).toContain('Letters are not signed');
    const made = await admin.send(PATH);
    expect(wordsOf(made)).toMatch(
      /waits for DNS.*TXT.*punctual[0-9a-f]{6}\._domainkey\.desk\.test.*v=DKIM1; k=rsa; p=MII/,
    );
    expect(made.body).not.toContain('PRIVATE');
    const [name = ''] = /punctual[0-9a-f]{6}\._domainkey\.desk\.test/.exec(wordsOf(made)) ?? [];
    const [value = ''] = /v=DKIM1; k=rsa; p=[\w+/=]+/.exec(wordsOf(made)) ?? [];

    house.get(Dns).use(() => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })));
    expect(wordsOf(await admin.send(`${PATH}/check`))).toContain(`DNS has no TXT record at ${name} yet.`);
    house.get(Dns).use((asked) => Promise.resolve(asked === name ? [[value]] : []));
    expect(wordsOf(await admin.send(`${PATH}/check`))).toContain('DNS shows the key: letters are signed.');
    expect(wordsOf(await admin.open('/admin/mailboxes/support%40desk.test'))).toContain(
      'Letters from desk.test are signed by DKIM.',
    );

    await admin.open(PATH);
    expect(wordsOf(await admin.send(`${PATH}/removal`))).toContain('Letters are not signed any more.');
    const actions = (await house.get(Audit).latest()).map(({ action }) => action);
    expect(actions.slice(0, 2)).toEqual(['dkim-key.removed', 'dkim-key.made']);
  });
});
