import { StrikeDueClocks } from '../src/sla/strike-due-clocks.job.js';
import { compare, mustBeEqual, rateOf, type Comparison } from './comparison.js';
import { Desk } from './desk.js';
import { mailsOf } from './mails.js';

const CLOCKS = 10_000;
const HOUR_MS = 3_600_000;

/** Ten thousand promises broken at one moment: each clock judged, written down, and an incident opened with its first notification. */
export async function* due(): AsyncIterable<Comparison> {
  yield* Desk.forA(measure);
}

async function* measure(desk: Desk): AsyncIterable<Comparison> {
  await desk.accept(mailsOf(1, 'due'));
  await desk.readMail();
  await multiply(desk);

  yield await compare({
    name: 'due: 10,000 clocks claimed and judged',
    against: 'one update … returning of the same rows',
    rounds: 3,
    ours: async () => {
      await makeAllDue(desk);
      const rate = await rateOf(CLOCKS, async () => {
        mustBeEqual('clocks struck', await desk.get(StrikeDueClocks).sweep(), CLOCKS);
      });
      mustBeEqual('incidents opened', await desk.count('incident'), CLOCKS);
      mustBeEqual('notifications queued', await desk.count('notification'), CLOCKS);
      return rate;
    },
    theirs: async () => {
      await makeAllDue(desk);
      return rateOf(CLOCKS, async () => {
        const { rowCount } = await desk.raw.query(
          `update clock set breached_at = due_at, breached_by = 'due', next_moment_at = null
           where next_moment_at <= $1 and set_aside_at is null returning id, ticket_number, metric, cycle, judgement`,
          [desk.now],
        );
        mustBeEqual('clocks updated', rowCount, CLOCKS);
      });
    },
  });
}

/** The one ticket with its first response clock, ten thousand times. Its own clocks stand still meanwhile. */
async function multiply(desk: Desk): Promise<void> {
  await desk.query('update clock set next_moment_at = null');
  const written = (await desk.columnsOf('ticket')).filter((name) => name !== '"number"').join(', ');
  await desk.query(
    `insert into ticket (${written})
     select ${written} from ticket cross join generate_series(1, ${CLOCKS})`,
  );
  const columns = (await desk.columnsOf('clock')).filter((name) => name !== '"ticket_number"');
  await desk.query(
    `insert into clock (ticket_number, ${columns.join(', ')})
     select ticket.number, ${columns.map((name) => `clock.${name}`).join(', ')}
     from clock join ticket on ticket.number <> clock.ticket_number where clock.metric = 'firstResponse'`,
  );
}

/** Due a minute ago, their warnings given; nothing of the round before is left. */
async function makeAllDue(desk: Desk): Promise<void> {
  const now = desk.now.getTime();
  await desk.query('truncate incident cascade');
  await desk.query(`delete from clock_event where type = 'breached'`);
  await desk.query(
    `update clock set started_at = $1, counting_since = $1, due_at = $2, next_moment_at = $2, breached_at = null, breached_by = null,
       ahead = '[]'
     where metric = 'firstResponse' and ticket_number > (select min(number) from ticket)`,
    [new Date(now - 5 * HOUR_MS), new Date(now - 60_000)],
  );
  await desk.query('vacuum analyze');
}
