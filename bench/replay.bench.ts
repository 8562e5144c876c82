import { compileCalendar } from '../src/calendar/business-calendar.js';
import { recordedTerms } from '../src/sla/clock/recorded-terms.js';
import { replay as replayTimeline } from '../src/sla/clock/replay.js';
import type { CalendarTerms, PolicyTerms } from '../src/sla/clock/targets.js';
import type { Timeline } from '../src/sla/clock/timeline.js';
import { compare, mustBeEqual, ratePerSecond, type Comparison } from './comparison.js';
import { office } from './office.js';

const EVENTS = 30;
const HOUR_MS = 3_600_000;
const OPENED = Date.parse('2026-03-02T08:15:00Z');

/** All clocks of a ticket from its history of 30 events, beside no more than reading that history as JSON. */
export async function* replay(): AsyncIterable<Comparison> {
  const stored = history();
  const json = JSON.stringify(stored);
  const calendar: CalendarTerms = { id: 'c1', name: 'Office hours', version: 1, hours: compileCalendar(office) };
  const timeline = stored.map((event) => ({
    ...event,
    at: new Date(event.at),
    ...(event.type === 'calendar' ? { calendar } : {}),
  })) as unknown as Timeline;
  const at = new Date(OPENED + 30 * 24 * HOUR_MS);
  mustBeEqual('events', timeline.length, EVENTS);
  mustBeEqual('clocks', replayTimeline(timeline, recordedTerms, at).map(({ metric }) => metric).length > 5, true);

  yield compare({
    name: 'replay: a ticket with 30 events',
    against: 'JSON.parse of its history',
    rounds: 5,
    ours: () => ratePerSecond(400, () => replayTimeline(timeline, recordedTerms, at)),
    theirs: () => ratePerSecond(400, () => JSON.parse(json)),
  });
}

type Happening = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Ten days of a ticket: asked, answered, waited for, asked again, put on hold, raised, resolved, reopened, resolved. */
function history(): (Happening & { readonly at: string })[] {
  const policy: PolicyTerms = {
    id: 'p1',
    name: 'Standard',
    version: 1,
    targets: { firstResponse: 240, nextResponse: 480, update: 960, resolution: { workingDays: 3 } },
    pauses: { resolution: ['waiting', 'on-hold'] },
    warnAt: [50, 75, 90],
    reopen: 'continue',
  };
  const question: Happening[] = [{ type: 'customerMessage' }, { type: 'status', status: 'open' }];
  const answer: Happening[] = [{ type: 'agentReply' }, { type: 'status', status: 'waiting' }];
  const happenings: Happening[] = [
    { type: 'created', by: 'customer', status: 'new', level: 'L3' },
    { type: 'policy', policy },
    { type: 'calendar', calendar: { id: 'c1', calendar: 'Office hours', version: 1 } },
    { type: 'assigned', assignee: 'ann@desk.test' },
    { type: 'tags', tags: ['printer'] },
    ...answer,
    ...question,
    { type: 'note' },
    ...answer,
    ...question,
    { type: 'call' },
    { type: 'status', status: 'on-hold' },
    { type: 'level', level: 'L2' },
    { type: 'policy', policy: { ...policy, targets: { ...policy.targets, resolution: 480 } } },
    { type: 'status', status: 'open' },
    ...answer,
    ...question,
    { type: 'agentReply' },
    { type: 'status', status: 'resolved' },
    ...question,
    { type: 'note' },
    { type: 'agentReply' },
    { type: 'status', status: 'resolved' },
  ];
  return happenings.map((happening, index) => ({
    ...happening,
    at: new Date(OPENED + index * 8 * HOUR_MS).toISOString(),
  }));
}
