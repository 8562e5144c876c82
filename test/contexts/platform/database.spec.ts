import type { Database } from '../../../src/platform/database/database.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { BlobStore } from '../../../src/platform/blobs/blob-store.js';
import { House } from '../../support/house.js';

class SomethingHappened {
  constructor(readonly what: string) {}
}
class SomethingWorseHappened extends SomethingHappened {}

describe('the database', () => {
  let house: House;
  let database: Database;

  beforeAll(async () => {
    house = await House.open();
    database = house.database;
    await database.query('create table shelf (name text primary key, amount integer not null)');
  });
  afterAll(() => house.close());
  beforeEach(() => database.query('delete from shelf'));

  const shelf = () => database.query<{ name: string; amount: number }>('select name, amount from shelf order by name');

  it('answers the rows of any command', async () => {
    expect(await database.query("insert into shelf values ('tea', 1) returning amount")).toEqual([{ amount: 1 }]);
    expect(await database.query('update shelf set amount = 2 returning amount')).toEqual([{ amount: 2 }]);
    expect(await database.query('delete from shelf returning name')).toEqual([{ name: 'tea' }]);
  });

  it('undoes all of a transaction that fails, and runs none of its effects', async () => {
    const rung: string[] = [];
    const work = database.transaction(async (tx) => {
      await tx.query("insert into shelf values ('tea', 1)");
      tx.afterCommit(() => rung.push('tea'));
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await shelf()).toEqual([]);
    expect(rung).toEqual([]);
  });

  it('runs effects only when everybody can see the rows', async () => {
    const seen = await new Promise((resolve) => {
      void database.transaction(async (tx) => {
        await tx.query("insert into shelf values ('tea', 1)");
        tx.afterCommit(() => {
          resolve(shelf());
        });
      });
    });
    expect(seen).toEqual([{ name: 'tea', amount: 1 }]);
  });

  it('starts a transaction anew that lost a deadlock', async () => {
    await database.query("insert into shelf values ('tea', 0), ('milk', 0)");
    let bothHoldOne = 0;
    const take = (first: string, second: string) =>
      database.transaction(async (tx) => {
        await tx.query('update shelf set amount = amount + 1 where name = $1', [first]);
        bothHoldOne += 1;
        while (bothHoldOne < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        await tx.query('update shelf set amount = amount + 1 where name = $1', [second]);
      });
    await Promise.all([take('tea', 'milk'), take('milk', 'tea')]);
    expect(await shelf()).toEqual([
      { name: 'milk', amount: 2 },
      { name: 'tea', amount: 2 },
    ]);
  });

  it('lets no two hold the same name at once, and never makes them wait for each other', async () => {
    const inside = new Set<string>();
    const work = (mine: string, names: string[]) =>
      database.transaction(async (tx) => {
        await tx.lock(...names);
        await tx.lock(...names);
        expect([...inside]).toEqual([]);
        inside.add(mine);
        await tx.query('select pg_sleep(0.01)');
        inside.delete(mine);
      });
    await Promise.all([
      work('one', ['tea', 'milk']),
      work('two', ['milk', 'tea']),
      work('three', ['tea', 'tea', 'milk']),
    ]);
  });

  it('reads a setting once only where the transaction leaves settings alone', async () => {
    const readsIn = async (leavesSettings: boolean) => {
      let reads = 0;
      await database.transaction(
        async (tx) => {
          for (let turn = 0; turn < 3; turn++) await tx.setting('tea', () => Promise.resolve((reads += 1)));
        },
        { leavesSettings },
      );
      return reads;
    };
    expect(await readsIn(false)).toBe(3);
    expect(await readsIn(true)).toBe(1);
  });

  it('comes to an end though more transactions than connections ask questions in the middle', async () => {
    const asked = Array.from({ length: 60 }, () =>
      database.transaction(async (tx) => {
        await tx.query('select pg_sleep(0.01)');
        return database.query<{ one: number }>('select 1 as one');
      }),
    );
    expect(await Promise.all(asked)).toEqual(Array(60).fill([{ one: 1 }]));
  });

  it('changes nothing in a transaction that only reads', async () => {
    await expect(database.readOnly((tx) => tx.query("insert into shelf values ('tea', 1)"))).rejects.toThrow(
      /read-only/,
    );
  });

  it('tells followers of a fact and of what it derives from, in the same transaction', async () => {
    const events = house.get(EventBus);
    events.follow(
      SomethingHappened,
      async (tx, facts) => {
        for (const { what } of facts) await tx.query('insert into shelf values ($1, 1)', [what]);
      },
      { order: 1 },
    );
    const worse: string[] = [];
    events.follow(SomethingWorseHappened, async (tx, facts) => {
      const [row] = await tx.query<{ count: string }>('select count(*) from shelf');
      worse.push(...facts.map(({ what }) => `${what} after ${row?.count ?? ''}`));
    });
    await database.transaction((tx) =>
      events.publish(tx, [new SomethingHappened('rain'), new SomethingWorseHappened('hail')]),
    );
    expect((await shelf()).map(({ name }) => name)).toEqual(['hail', 'rain']);
    expect(worse).toEqual(['hail after 0']);
  });

  it('keeps the same bytes once', async () => {
    const blobs = house.get(BlobStore);
    const content = Buffer.from([0, 255, 13, 10, 0]);
    const first = await database.transaction((tx) => blobs.put(tx, content));
    const second = await database.transaction((tx) => blobs.put(tx, content));
    expect(second).toBe(first);
    expect(await blobs.read(first)).toEqual(content);
    expect(await blobs.read('0'.repeat(64))).toBeNull();
  });
});
