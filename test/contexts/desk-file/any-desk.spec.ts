import fc from 'fast-check';
import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { SECTIONS } from '../../../src/desk-file/desk-file.js';
import { FirstRun } from '../../../src/desk-file/first-run.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import { Audit } from '../../../src/identity/audit.js';
import { Rehearsal } from '../../../src/sla/rehearsal.js';
import { House } from '../../support/house.js';
import { emptyDesk } from './empty-desk.js';
import { randomDesk } from './random-desk.js';

const by = { name: 'the test' };

describe('any desk as a file', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterAll(() => house.close());

  const files = (): DeskFiles => house.get(DeskFiles);
  const apply = (text: string) => house.transaction((tx) => files().apply(tx, readDeskFile(text), by));
  const rehearsed = async (text: string): Promise<unknown> => {
    let changes: unknown = null;
    await house.get(Rehearsal).of(async (tx) => {
      changes = await files().apply(tx, readDeskFile(text), by);
    });
    return changes;
  };
  const exported = (): Promise<string> => house.database.readOnly((tx) => files().export(tx));

  it('is applied once however often, tells beforehand what it changes, and what is exported makes an empty desk the same', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(randomDesk, async (desk) => {
        for (const section of SECTIONS) if (((desk[section] ?? []) as unknown[]).length > 0) met.add(section);
        const text = JSON.stringify(desk);
        await emptyDesk(house);
        await house.transaction((tx) => house.get(FirstRun).run(tx));

        const untouched = await exported();
        const would = await rehearsed(text);
        expect(await exported()).toBe(untouched);
        expect(await apply(text)).toEqual(would);

        const once = await exported();
        const [last] = await house.get(Audit).latest({ limit: 1 });
        expect(await apply(text)).toEqual([]);
        expect(await apply(once)).toEqual([]);
        expect(await exported()).toBe(once);
        expect((await house.get(Audit).latest({ limit: 1 }))[0]).toEqual(last);

        await emptyDesk(house);
        await apply(once);
        expect(await exported()).toBe(once);
      }),
      { numRuns: 5, endOnFailure: true },
    );
    expect([...met].sort()).toEqual([...SECTIONS].filter((section) => section !== 'providers').sort());
  }, 120_000);
});
