import { Simulation } from '../../../src/sla/simulation.js';
import { Scene } from './scene.js';

describe('a simulation', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene.house.close();
  });

  const created = { at: '2026-06-01T10:00:00+02:00', type: 'created' };
  const at = ['2026-06-01T12:00:00+02:00'];
  const policy = { targets: { firstResponse: 240 } };

  it('runs on a stored calendar, by name or as an object with the name, and names its version', async () => {
    for (const calendar of ['Office hours', { name: 'Office hours' }]) {
      const { results } = await scene.house
        .get(Simulation)
        .run(scene.house.database, { calendar, policy, events: [created], at });
      expect(results).toMatchObject([
        {
          at: '2026-06-01T10:00:00.000Z',
          clocks: [
            {
              metric: 'firstResponse',
              dueAt: '2026-06-01T12:00:00.000Z',
              calendar: 'Office hours',
              calendarVersion: 1,
              policy: null,
              ledger: [
                {
                  from: '2026-06-01T08:00:00.000Z',
                  to: '2026-06-01T10:00:00.000Z',
                  kind: 'counting',
                  seconds: 7200,
                  elapsedSeconds: 7200,
                  why: 'open hours of Office hours',
                },
              ],
            },
          ],
        },
      ]);
    }
  });

  it('leaves the real tickets alone', async () => {
    const [before] = await scene.house.query(`select count(*) from clock`);
    await scene.house.get(Simulation).run(scene.house.database, { calendar: '24x7', policy, events: [created], at });
    expect(await scene.house.query(`select count(*) from clock`)).toEqual([before]);
  });

  it.each([
    ['calendar', { calendar: 'Nowhere' }],
    ['calendar', { calendar: { timezone: 'Mars/Base', week: {} } }],
    ['policies[0].calendar', { policies: [{ name: 'A', calendar: 'Nowhere', targets: {} }] }],
    ['events[0].at', { events: [{ ...created, at: 'soon' }] }],
    ['events[0].type', { events: [{ ...created, type: 'party' }] }],
    ['events', { events: [created, { ...created, type: 'policy', policy: 'Nobody' }] }],
    ['at[0]', { at: ['later'] }],
    ['calendar', { policy: { targets: { firstResponse: 60 * 24 * 366 * 20 } } }],
  ])('says what is wrong with %s', async (field, wrong) => {
    const body = { calendar: '24x7', policy, events: [created], at, ...wrong };
    await expect(scene.house.get(Simulation).run(scene.house.database, body)).rejects.toMatchObject({
      kind: 'invalid',
      faults: [expect.objectContaining({ field })],
    });
  });
});
