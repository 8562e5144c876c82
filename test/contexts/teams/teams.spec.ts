import { Audit } from '../../../src/identity/audit.js';
import { Users } from '../../../src/identity/users.js';
import { Teams, type TeamItem } from '../../../src/teams/teams.js';
import { House } from '../../support/house.js';

const by = { name: 'the test' };

describe('teams', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
    await house.transaction(async (tx) => {
      const users = house.get(Users);
      await users.save(tx, { email: 'ann@desk.test', name: 'Ann', role: 'agent' }, by);
      await users.save(tx, { email: 'bob@desk.test', name: 'Bob', role: 'manager' }, by);
      await users.save(tx, { email: 'off@desk.test', name: 'Olaf', role: 'agent', disabled: true }, by);
      await users.save(tx, { email: 'carl@acme.test', name: 'Carl', role: 'customer' }, by);
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.query(`delete from team`));

  const teams = (): Teams => house.get(Teams);
  const save = (item: TeamItem) => house.transaction((tx) => teams().save(tx, item, by));
  const all = () => house.database.readOnly((tx) => teams().all(tx));
  const remove = (name: string) => house.transaction((tx) => teams().remove(tx, name, by));
  const network = { name: 'Network', lead: 'bob@desk.test', members: ['ann@desk.test', 'off@desk.test'], calendar: '24x7', handling: { workingDays: 2 } }; // prettier-ignore

  it('have a lead, members, hours and a target, each said in one way', async () => {
    const asTyped = { ...network, name: ' Network ', lead: 'Bob@desk.test', members: ['off@desk.test', 'Ann@Desk.test', 'ann@desk.test'] }; // prettier-ignore
    expect(await save(asTyped)).toBe('added');
    expect(await all()).toEqual([network]);
    expect(await save(network)).toBe('unchanged');
    expect(await save({ name: 'Network', members: ['bob@desk.test'], handling: 0 })).toBe('changed');
    expect(await all()).toEqual([{ name: 'Network', members: ['bob@desk.test'] }]);
    const [entry] = await house.get(Audit).latest({ limit: 1 });
    expect(entry).toMatchObject({ action: 'team.changed', subject: 'team Network', data: { from: network } });
  });

  it('are of our own people only, and each who is not is named at its place', async () => {
    const wrong = { name: 'Odd', lead: 'carl@acme.test', members: ['ann@desk.test', 'nobody@desk.test'] };
    await expect(save(wrong)).rejects.toMatchObject({ faults: [{ field: 'lead' }, { field: 'members[1]' }] });
    await expect(save({ name: ' ' })).rejects.toMatchObject({ faults: [{ field: 'name' }] });
    await expect(save({ name: 'Odd', calendar: 'Nowhere' })).rejects.toMatchObject({ faults: [{ field: 'calendar' }] });
    expect(await all()).toEqual([]);
  });

  it('lose whoever becomes a customer', async () => {
    const become = (role: 'agent' | 'customer') =>
      house.transaction((tx) => house.get(Users).save(tx, { email: 'ann@desk.test', name: 'Ann', role }, by));
    await save({ name: 'Two', lead: 'ann@desk.test', members: ['ann@desk.test', 'bob@desk.test'] });
    await become('customer');
    expect(await all()).toEqual([{ name: 'Two', members: ['bob@desk.test'] }]);
    await become('agent');
  });

  it('are found by name, and removed', async () => {
    await save(network);
    const team = await house.transaction((tx) => teams().named(tx, 'Network'));
    expect(team).toMatchObject({ name: 'Network', handling: { workingDays: 2 } });
    expect(await house.transaction((tx) => teams().byId(tx, team.id))).toEqual(team);
    await expect(house.transaction((tx) => teams().named(tx, 'Nowhere'))).rejects.toMatchObject({
      faults: [{ field: 'team' }],
    });

    await remove('Network');
    expect(await all()).toEqual([]);
    await expect(remove('Network')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('may be saved by several at once', async () => {
    const outcomes = await Promise.all([save(network), save(network), save(network)]);
    expect(outcomes.sort()).toEqual(['added', 'unchanged', 'unchanged']);
  });
});
