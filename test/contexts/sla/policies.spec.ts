import { Policies, type PolicyItem } from '../../../src/sla/policies.js';
import { House } from '../../support/house.js';
import { furnish } from '../../support/tickets.js';
import { theStory } from './scene.js';

const standard: PolicyItem = { name: 'Standard', targets: {} };
const gold: PolicyItem = {
  name: 'Gold',
  match: { tier: 'gold' },
  calendar: 'Office hours',
  targets: { firstResponse: 60, update: null },
  pauses: { resolution: ['waiting'] },
  warnAt: [90, 50],
  chain: 'Default',
};

describe('policies', () => {
  let house: House;
  let policies: Policies;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
    policies = house.get(Policies);
  });
  beforeEach(async () => {
    await house.query(`truncate policy cascade`);
  });
  afterAll(async () => {
    await house.close();
  });

  const save = (item: PolicyItem) => house.transaction((tx) => policies.save(tx, item, theStory));
  const saveAll = (...items: PolicyItem[]) => house.transaction((tx) => policies.saveAll(tx, items, theStory));
  const names = async () => (await policies.all(house.database)).map(({ name }) => name);

  it('are kept as the desk file writes them', async () => {
    expect(await saveAll(gold, standard)).toEqual(['added', 'added']);
    expect(await policies.all(house.database)).toEqual([
      { ...gold, match: { tier: ['gold'] }, warnAt: [50, 90] },
      standard,
    ]);
    expect(await saveAll(gold, standard)).toEqual(['unchanged', 'unchanged']);
  });

  it('get a new version when they say something else, and keep the old one', async () => {
    await saveAll(gold, standard);
    expect(await save({ ...gold, targets: { firstResponse: 30 } })).toBe('changed');
    const versions = await house.query(
      `select version, definition -> 'targets' ->> 'firstResponse' as target from policy_version
       join policy on id = policy_id where name = 'Gold' order by version`,
    );
    expect(versions).toEqual([
      { version: 1, target: '60' },
      { version: 2, target: '30' },
    ]);
  });

  it('have an order, and what is not named comes last', async () => {
    await saveAll(gold, standard);
    await saveAll({ ...gold, name: 'Silver', match: { tier: 'silver' } });
    expect(await names()).toEqual(['Silver', 'Gold', 'Standard']);
    await house.transaction((tx) => policies.order(tx, ['Gold', 'Silver'], { name: 'the story' }));
    expect(await names()).toEqual(['Gold', 'Silver', 'Standard']);
  });

  it('need one default and no more than one', async () => {
    await expect(save(gold)).rejects.toThrow('One policy must be the default');
    await save(standard);
    await expect(save({ ...standard, name: 'Another' })).rejects.toThrow('Standard and Another are without');
    await expect(house.transaction((tx) => policies.remove(tx, 'Standard', theStory))).rejects.toThrow('default');
  });

  it('can be removed and come back', async () => {
    await saveAll(gold, standard);
    await house.transaction((tx) => policies.remove(tx, 'Gold', theStory));
    expect(await names()).toEqual(['Standard']);
    expect(await policies.byName(house.database, 'Gold')).toBeNull();
    expect(await save(gold)).toBe('added');
    expect(await names()).toEqual(['Standard', 'Gold']);
  });

  it.each<[string, Partial<PolicyItem> | { targets: Record<string, unknown> }]>([
    ['targets.solution', { targets: { solution: 3 } }],
    ['targets.firstResponse', { targets: { firstResponse: -1 } }],
    ['targets.resolution', { targets: { resolution: { workingDays: 1.5 } } }],
    ['pauses.resolution.asleep', { pauses: { resolution: ['asleep' as 'waiting'] } }],
    ['warnAt', { warnAt: [100] }],
    ['calendar', { calendar: 'Nowhere' }],
    ['name', { name: ' ' }],
  ])('are refused with the field that is wrong: %s', async (field, wrong) => {
    await save(standard);
    const refused = save({ ...gold, ...wrong });
    await expect(refused).rejects.toMatchObject({ faults: [expect.objectContaining({ field })] });
  });
});
