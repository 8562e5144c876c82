import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { JobQueue } from '../../src/platform/queue/job-queue.js';
import { recurringWork, schedule } from '../../src/schedule.js';
import { House } from '../support/house.js';

const SOURCE = path.resolve(__dirname, '../../src');
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
);
const sources = files.map((file) => readFileSync(path.join(SOURCE, file), 'utf8'));

/** The names that are rung for, as they stand in the code: `jobs.ring(tx, DELIVER_MAIL, id)` or with the name itself. */
function rung(): string[] {
  const constants = new Map(
    sources.flatMap((source) =>
      [...source.matchAll(/const ([A-Z][A-Z_]+) = '([a-z-]+)'/g)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    ),
  );
  const calls = sources.flatMap((source) =>
    [...source.matchAll(/\.ring\(\s*\w+,\s*(['\w.-]+),/g)].map(([, given = '']) => given),
  );
  return calls.map((given) => (given.startsWith("'") ? given.slice(1, -1) : (constants.get(given) ?? given)));
}

describe('the jobs', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterAll(() => house.close());

  it('that are rung for are done by exactly one worker each', () => {
    const names = house.get(JobQueue).registered.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(rung().length).toBeGreaterThan(0);
    expect([...new Set(rung())].sort()).toEqual(names.toSorted());
  });

  it('are all swept as well, so that a ring may be lost', () => {
    const swept = recurringWork(house.app).map(({ sweeper }) => sweeper);
    for (const job of house.get(JobQueue).registered) expect(swept).toContain(job);
  });

  it('that recur have each one name and a beat', () => {
    expect(new Set(schedule.map(({ name }) => name)).size).toBe(schedule.length);
    expect(schedule.filter(({ everySeconds }) => !(everySeconds >= 1 && everySeconds <= 3600))).toEqual([]);
  });

  it('come to rest where nothing is to do', async () => {
    for (const { sweeper, settles } of recurringWork(house.app)) {
      if (settles) expect(await sweeper.sweep()).toBe(0);
    }
  });
});
