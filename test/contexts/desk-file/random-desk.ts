import fc from 'fast-check';
import type { Item } from '../../../src/desk-file/desk-file.js';

type Desk = Record<string, unknown>;

/** What YAML, SQL and people make trouble with. */
const ODD = [
  ...['null', 'yes', '09:00', '0x10', '1e3', '~', '- x', '# one', 'a: b', "it's", '"quoted"', '{a}', '[b]', '&c', '*d'],
  ...[
    'Größe',
    'Ελλάδα',
    '営業',
    '🌲 Wald',
    'a, b',
    '100 %',
    '\\n',
    "Robert'); drop table team;--",
    '24x7 (ours)',
    '=1+1',
  ],
];
const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia'];
const HOURS = [
  [],
  [['09:00', '17:00']],
  [
    ['08:00', '12:00'],
    ['13:30', '18:00'],
  ],
  [['22:00', '06:00']],
  [['00:00', '24:00']],
];
const STATUSES = ['open', 'waiting', 'on-hold', 'resolved'];
const METRICS = ['firstResponse', 'nextResponse', 'update', 'resolution'];

/** A desk file with something of everything, in which every name means something. */
export const randomDesk: fc.Arbitrary<Desk> = fc.gen().map((g) => {
  const text = (max = 30): string =>
    g(() =>
      fc
        .oneof(fc.constantFrom(...ODD), fc.stringMatching(/^[A-Za-zäöß0-9 .:#'&*!|>%@`-]{1,24}$/))
        .map((given) => given.trim().slice(0, max).trim())
        .filter((given) => given !== ''),
    );
  const names = (most: number, taken: string[] = []): string[] =>
    g(() =>
      fc.uniqueArray(
        fc
          .oneof(fc.constantFrom(...ODD), fc.stringMatching(/^[A-Za-zäöß0-9 .:#'&*!|>%@`-]{1,24}$/))
          .map((given) => given.trim())
          .filter((given) => given !== '' && !taken.includes(given.toLowerCase()) && given !== '24x7'),
        { minLength: 1, maxLength: most, selector: (name) => name.toLowerCase() },
      ),
    );
  const maybe = (): boolean => g(fc.boolean);
  const whole = (min: number, max: number): number => g(() => fc.integer({ min, max }));
  const one = <T>(...values: readonly T[]): T => values[whole(0, values.length - 1)] as T;
  const some = <T>(values: readonly T[]): T[] => values.filter(() => maybe());
  /** `{field: value}`, or nothing: then there is no such field. */
  const perhaps = (field: string, value: () => unknown): Item => (maybe() ? { [field]: value() } : {});
  const named = (field: string, values: readonly string[]): Item =>
    values.length > 0 && maybe() ? { [field]: one(...values) } : {};
  const target = (): unknown => one<unknown>(null, whole(1, 5000), { workingDays: whole(1, 20) });
  const targets = (): Item => Object.fromEntries(some(METRICS).map((metric) => [metric, target()]));

  const calendars = names(3).map((name) => ({
    name,
    timezone: one(...ZONES),
    week: { mon: [['09:00', '17:00']], ...Object.fromEntries(some(['tue', 'sat', 'sun']).map((day) => [day, one(...HOURS)])) }, // prettier-ignore
    ...perhaps('holidays', () => some(['2026-12-25', '2027-01-01', '2028-02-29'])),
    ...perhaps('yearlyHolidays', () => some(['01-01', '02-29', '12-26'])),
    ...perhaps('overrides', () => ({ '2026-12-24': one(...HOURS) })),
    ...perhaps('breaks', () => ({ mon: [['12:00', '12:30']] })),
  }));
  const hours = [...calendars.map(({ name }) => name), '24x7'];

  const responders = names(3, ['emergency contact']).map((name, index) => ({
    name,
    ...(maybe() ? { email: `r${index}@desk.test`, methods: [{ kind: 'email' }] } : { methods: [] }),
    ...perhaps('phone', () => '+49 30 1234567'),
    ...perhaps('quietHours', () => [['22:00', '07:00']]),
    ...perhaps('away', () => [{ from: '2026-12-24T18:00', to: '2027-01-02T08:00' }]),
  }));
  const callable = ['Emergency contact', ...responders.map(({ name }) => name)];
  const rotas = names(
    1,
    callable.map((name) => name.toLowerCase()),
  ).map((name) => ({
    name,
    timezone: one(...ZONES),
    every: one('day', 'week'),
    at: '09:00',
    startsOn: '2026-06-01',
    members: [...new Set([one(...callable), one(...callable)])],
  }));
  const chains = names(2).map((name) => ({
    name,
    steps: [{ afterMinutes: whole(0, 60), notify: some([...callable, ...rotas.map((rota) => rota.name)]) }],
    repeatEveryMinutes: whole(1, 60),
  }));
  const callers = [...chains.map(({ name }) => name), 'Default'];

  const organisations = names(3).map((name, index) => ({
    name,
    ...perhaps('tier', () => one('Gold', 'no', '1')),
    ...perhaps('domains', () => [`o${index}.example`, `o${index}.test`]),
    ...named('calendar', hours),
  }));
  const users = Array.from({ length: whole(2, 4) }, (_, index) => ({
    email: `u${index}@desk.test`,
    name: text(),
    role: one('admin', 'manager', 'agent', 'customer'),
    ...perhaps('timezone', () => one(...ZONES)),
    ...perhaps('disabled', () => true),
  }));
  const staff = users.filter(({ role }) => role !== 'customer');
  const teams = names(2).map((name) => ({
    name,
    ...named('lead', staff.map(({ email }) => email)), // prettier-ignore
    ...perhaps('members', () => some(staff.map(({ email }) => email))),
    ...named('calendar', hours),
    ...perhaps('handling', target),
  }));
  const levels = names(2).map((name) => ({
    name,
    title: text(),
    ...perhaps('description', text),
    targets: targets(),
    ...named('calendar', hours),
  }));
  const allLevels = ['L1', 'L2', ...levels.map(({ name }) => name)];
  const queues = names(2).map((name) => ({
    name,
    ...named('calendar', hours),
    ...named('chain', callers),
    ...named('team', teams.map((team) => team.name)), // prettier-ignore
    ...perhaps('closeAfterDays', () => whole(1, 30)),
    ...perhaps('reopenWindowDays', () => whole(0, 30)),
    ...perhaps('copiesJoin', () => one('nobody', 'colleagues', 'anybody')),
  }));
  const allQueues = ['Support', ...queues.map(({ name }) => name)];
  const mailboxes = Array.from({ length: whole(1, 2) }, (_, index) => ({
    address: `m${index}@desk.test`,
    ...perhaps('name', text),
    ...perhaps('sendPerMinute', () => whole(1, 500)),
    ...perhaps('verifySenders', () => false),
  }));
  const policies = names(3, ['standard']).map((name) => ({
    name,
    match: { level: [one(...allLevels)], ...perhaps('queue', () => [one(...allQueues)]) },
    ...named('calendar', hours),
    targets: targets(),
    ...perhaps('pauses', () => ({ resolution: some(STATUSES) })),
    ...perhaps('warnAt', () => some([50, 75, 90])),
    ...perhaps('reopen', () => one('continue', 'cycle')),
    ...perhaps('opensForStaff', maybe),
    ...named('chain', callers),
  }));
  const active = staff.filter((user) => !('disabled' in user)).map(({ email }) => email);
  const rules = names(3, ['everything else']).map((name) => ({
    name,
    when: { anyWords: [text()], ...perhaps('channel', () => ['mail', 'form']) },
    then: { tags: ['seen'], ...named('level', allLevels), ...named('queue', allQueues), ...named('assignee', active), ...named('team', teams.map((team) => team.name)) }, // prettier-ignore
  }));
  const webhooks = names(2).map((name, index) => ({
    name,
    url: `https://hooks.example.com/${index}`,
    ...perhaps('events', () => [one('ticket.*', 'clock.breached'), 'incident.opened']),
    ...perhaps('enabled', () => false),
    ...perhaps('allowPrivate', () => true),
  }));
  const heartbeats = names(2).map((name) => ({
    name,
    everyMinutes: whole(1, 1440),
    ...perhaps('graceMinutes', () => whole(0, 60)),
    ...named('level', allLevels),
    ...named('queue', allQueues),
  }));
  const desk = { name: text(), timezone: one(...ZONES), ...named('calendar', hours) };
  return {
    ...{ desk, calendars, responders, rotas, chains, organisations, users, teams },
    ...{ levels, queues, mailboxes, policies, rules, webhooks, heartbeats },
  };
});
