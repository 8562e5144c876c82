import { Replay } from '../../../src/sla/replay.js';
import { reply, ticketByForm } from '../../support/tickets.js';
import { Scene } from './scene.js';

describe('a replay', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene.house.close();
  });

  it('finds nothing to say where all is as the history says', async () => {
    await ticketByForm(scene.house);
    expect(await scene.differences()).toEqual([]);
  });

  it('finds what somebody has changed by hand, and mends it', async () => {
    const { number } = await ticketByForm(scene.house);
    await reply(scene.house, number);
    const replay = scene.house.get(Replay);
    await scene.house.query(
      `update clock set elapsed_seconds = elapsed_seconds + 60 where ticket_number = $1 and metric = 'firstResponse'`,
      [number],
    );
    await scene.house.query(`delete from clock where ticket_number = $1 and metric = 'resolution'`, [number]);
    expect(await scene.do((tx) => replay.check(tx, number))).toMatchObject([
      { ticket: number, metric: 'firstResponse', cycle: 1, field: 'elapsedSeconds' },
      { ticket: number, metric: 'resolution', cycle: 1, field: 'clock', stored: null, replayed: 'running' },
    ]);
    expect(await scene.do((tx) => replay.mend(tx, [number]))).toBe(2);
    expect(await scene.do((tx) => replay.check(tx, number))).toEqual([]);
  });

  it.each([`'{"broken": 1}'`, `'[{"percent": 50, "at": "soon"}]'`, `'[null]'`])(
    'tells of a row that nobody can read any more, and mends it: %s',
    async (broken) => {
      const { number } = await ticketByForm(scene.house);
      await scene.house.query(
        `update clock set ahead = ${broken} where ticket_number = $1 and metric = 'firstResponse'`,
        [number],
      );
      const replay = scene.house.get(Replay);
      const found = await scene.do((tx) => replay.check(tx, number));
      expect(found.filter(({ field }) => field === 'ahead')).toMatchObject([
        { ticket: number, metric: 'firstResponse' },
      ]);
      expect(await scene.do((tx) => replay.mend(tx, [number]))).toBe(1);
      expect(await scene.do((tx) => replay.check(tx, number))).toEqual([]);
    },
  );

  it('does not mind a moment that came and was not struck yet', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    scene.house.now.move(2 * 3600_000);
    expect(await scene.do((tx) => scene.house.get(Replay).check(tx, number))).toEqual([]);
  });
});
