import { House } from '../../support/house.js';
import { furnish } from '../../support/tickets.js';
import { Directory } from '../../../src/customers/directory.js';
import { Organisations } from '../../../src/customers/organisations.js';
import { Undeliverable } from '../../../src/customers/undeliverable.js';

const story = { name: 'the story' };

describe('the directory', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  const find = (email: string, name?: string) =>
    house.transaction((tx) =>
      house.get(Directory).findOrAdd(tx, { email, ...(name === undefined ? {} : { name }) }, house.now.read()),
    );
  const organisationOf = async (email: string) => {
    const { organisationId } = await find(email);
    const [row] = await house.query<{ name: string }>('select name from organisation where id = $1', [organisationId]);
    return row?.name ?? null;
  };
  const save = (name: string, ...domains: string[]) =>
    house.transaction((tx) => house.get(Organisations).save(tx, { name, domains }, story));

  it('knows a person by address, whatever its case', async () => {
    const first = await find('Dora@Dock.example', 'Dora');
    expect(first).toMatchObject({ email: 'dora@dock.example', name: 'Dora' });
    expect((await find(' DORA@dock.EXAMPLE ')).id).toBe(first.id);
  });

  it('learns a name while it knows none, and lets nobody rename anybody afterwards', async () => {
    expect((await find('nemo@dock.example')).name).toBe('');
    expect((await find('nemo@dock.example', 'Nemo')).name).toBe('Nemo');
    expect((await find('nemo@dock.example', 'Your Bank')).name).toBe('Nemo');
  });

  it('takes no name that spans lines or turns the direction of writing', async () => {
    expect((await find('odd@dock.example', ' An\r\nn\u202e  Odd\0 ')).name).toBe('An n Odd');
  });

  it('makes one contact of many mails at the same moment', async () => {
    const found = await Promise.all(Array.from({ length: 8 }, () => find('rush@dock.example', 'Rush')));
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
  });

  it('puts newcomers into the organisation of their domain or of the nearest above', async () => {
    await save('Group', 'group.example');
    await save('Spa', 'spa.group.example');
    expect(await organisationOf('a@group.example')).toBe('Group');
    expect(await organisationOf('a@hotel.group.example')).toBe('Group');
    expect(await organisationOf('a@front.spa.group.example')).toBe('Spa');
    expect(await organisationOf('a@othergroup.example')).toBeNull();
  });

  it('takes those who wrote before in when their organisation is made', async () => {
    await find('early@late.example');
    await find('early@sub.late.example');
    await find('early@notlate.example');
    await save('Late', 'Late.Example');
    expect(await organisationOf('early@late.example')).toBe('Late');
    expect(await organisationOf('early@sub.late.example')).toBe('Late');
    expect(await organisationOf('early@notlate.example')).toBeNull();
  });

  it('gives a domain to one organisation only', async () => {
    await save('First', 'one.example');
    await expect(save('Second', 'two.example', 'one.example')).rejects.toMatchObject({
      kind: 'invalid',
      detail: expect.stringContaining('First'),
    });
    expect(await save('First', 'one.example')).toBe('unchanged');
    expect(await save('first', 'one.example')).toBe('changed');
  });

  it('removes an organisation that nothing leans on', async () => {
    await save('Gone', 'gone.example');
    const { id } = await find('left@gone.example');
    await house.transaction((tx) => house.get(Organisations).remove(tx, 'Gone', story));
    const [contact] = await house.query('select organisation_id from contact where id = $1', [id]);
    expect(contact).toEqual({ organisation_id: null });
    await expect(house.transaction((tx) => house.get(Organisations).remove(tx, 'Gone', story))).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('remembers why mail to an address comes back, the first reason, until somebody clears it', async () => {
    const { id, email } = await find('bounce@dock.example');
    const undeliverable = house.get(Undeliverable);
    const at = new Date('2026-06-01T12:00:00Z');
    expect(
      await house.transaction((tx) => undeliverable.mark(tx, email.toUpperCase(), { at, reason: 'No such user' })),
    ).toBe(true);
    await house.transaction((tx) =>
      undeliverable.mark(tx, email, { at: new Date('2026-06-02T12:00:00Z'), reason: 'Another' }),
    );
    expect(await find(email)).toMatchObject({ undeliverableAt: at, undeliverableReason: 'No such user' });
    await house.transaction((tx) => undeliverable.clear(tx, id));
    expect(await find(email)).toMatchObject({ undeliverableAt: null, undeliverableReason: null });
    expect(await house.transaction((tx) => undeliverable.mark(tx, 'nobody@dock.example', { at, reason: 'x' }))).toBe(
      false,
    );
  });
});
