import { DeskStore } from '../../../src/desk/desk.store.js';
import { inWords } from '../../../src/desk-file/changes.js';
import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { FirstRun } from '../../../src/desk-file/first-run.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import { Audit } from '../../../src/identity/audit.js';
import { Rehearsal } from '../../../src/sla/rehearsal.js';
import { House } from '../../support/house.js';
import { emptyDesk } from './empty-desk.js';

const by = { name: 'the test' };

/** A desk file as the contract shows it. */
const BERLIN = `
calendars: [{name: Office, timezone: Europe/Berlin, week: {mon: [["09:00","17:00"]], tue: [["09:00","17:00"]]}, holidays: ["2026-12-25"], yearlyHolidays: ["01-01"], overrides: {"2026-12-24": [["09:00","12:00"]]}, breaks: {}}]
levels:    [{name: L1, title: Service down, targets: {firstResponse: 60, resolution: 240}, calendar: 24x7}]
policies:  [{name: Standard, match: {level: [L2, L3, L4]}, calendar: Office, targets: {firstResponse: 240, nextResponse: 480, update: null, resolution: {workingDays: 3}}, pauses: {resolution: [waiting, on-hold]}, warnAt: [50, 75, 90], reopen: continue, chain: Default}]
rules:     [{name: Outage words, when: {anyWords: [outage, down], channel: [mail, form]}, then: {level: L1, queue: Support}}]
responders: [{name: Night phone, email: night@example.com, phone: "+49301234567", methods: [{kind: email}, {kind: webhook, url: "https://alarm.example.com/hook", afterSeconds: 30}]}]
chains:    [{name: Default, steps: [{afterMinutes: 0, notify: ["Night phone"]}], repeatEveryMinutes: 5}]
`;

const EVERYTHING = `
desk: {name: Acme Help, timezone: Europe/Berlin, supportAddress: help@acme.test, calendar: Office}
mailboxes: [{address: sales@acme.test, name: Acme Sales}]
organisations: [{name: Globex, tier: Gold, domains: [globex.test], calendar: Office}]
users: [{email: Ann@acme.test, name: Ann Agent, role: agent, timezone: Europe/Paris}, {email: old@acme.test, name: Old Hand, role: agent, disabled: true}]
teams: [{name: Field, lead: ann@acme.test, members: [old@acme.test, ann@acme.test], calendar: Office, handling: {workingDays: 1}}]
queues: [{name: Sales, calendar: Office, chain: Default, closeAfterDays: 3, reopenWindowDays: 0}]
${BERLIN}`;

describe('a desk as a file', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    await emptyDesk(house);
    await house.transaction((tx) => house.get(FirstRun).run(tx));
  });

  const files = (): DeskFiles => house.get(DeskFiles);
  const apply = async (text: string): Promise<string[]> =>
    (await house.transaction((tx) => files().apply(tx, readDeskFile(text), by))).map(inWords);
  const diff = async (text: string): Promise<string[]> => {
    let changes: string[] = [];
    await house.get(Rehearsal).of(async (tx) => {
      changes = (await files().apply(tx, readDeskFile(text), by)).map(inWords);
    });
    return changes;
  };
  const exported = (): Promise<string> => house.database.readOnly((tx) => files().export(tx));
  const namesIn = async (table: string): Promise<string[]> =>
    (await house.query<{ name: string }>(`select name from ${table} order by position`)).map(({ name }) => name);

  it('is applied: what it names is added or changed, what it does not name stays', async () => {
    expect(await apply(BERLIN)).toEqual([
      'calendar Office: added',
      'responder Night phone: added',
      'chain Default: steps [{"notify":["Emergency contact"],"afterMinutes":0}] → [{"notify":["Night phone"],"afterMinutes":0}]',
      expect.stringMatching(/^level L1: description .* → nothing$/),
      'policy Standard: added',
      'rule Outage words: added',
    ]);
    expect(await namesIn('level')).toEqual(['L1', 'L2', 'L3', 'L4']);
    expect(await namesIn('rule')).toEqual(['Outage words', 'Everything else']);
    expect(await namesIn('policy where removed_at is null')).toEqual(['Standard', 'Default']);
  });

  it('changes nothing when it is applied again', async () => {
    await apply(EVERYTHING);
    const before = await house.get(Audit).latest({ limit: 1 });
    expect(await apply(EVERYTHING)).toEqual([]);
    expect(await house.get(Audit).latest({ limit: 1 })).toEqual(before);
    expect(await house.query('select version from calendar_version join calendar on id = calendar_id where name = $1', ['Office'])).toHaveLength(1); // prettier-ignore
  });

  it('can be looked at first: the same difference, and nothing done', async () => {
    const before = await exported();
    const would = await diff(EVERYTHING);
    expect(await exported()).toBe(before);
    expect(would).toContain('user ann@acme.test: added');
    expect(would[0]).toBe(
      'the desk: name Support desk → Acme Help; timezone UTC → Europe/Berlin; supportAddress support@desk.test → help@acme.test; calendar Office hours → Office',
    );
    expect(await apply(EVERYTHING)).toEqual(would);
    expect(await house.get(DeskStore).read()).toMatchObject({ name: 'Acme Help', defaultCalendar: 'Office' });
  });

  it('is written so that it makes an empty desk the same', async () => {
    await apply(EVERYTHING);
    const text = await exported();
    expect(text).toContain('mon: [["09:00", "17:00"]]');
    expect(text).not.toContain('whsec_');

    await emptyDesk(house);
    await apply(text);
    expect(await exported()).toBe(text);
    expect(await apply(text)).toEqual([]);
  });

  it('takes back what it wrote of a desk that nobody has set up', async () => {
    await apply('desk: {supportAddress: support@localhost}');
    expect(await apply(await exported())).toEqual([]);
  });

  it('is refused with every unknown name at its line, and nothing is changed', async () => {
    const before = await exported();
    const text = `desk: {calendar: Nowhere}
calendars: [{name: Office, timezone: UTC, week: {mon: [["09:00", "17:00"]]}}]
queues:
  - name: Sales
    calendar: Ofice
    chain: Nights
teams: [{name: Ghosts, lead: nobody@acme.test, members: [no@acme.test], calendar: Later}]
chains: [{name: New, steps: [{afterMinutes: 0, notify: [Emergency contact, Nobody]}]}]
policies: [{name: Gold, match: {level: [L1, L7]}, targets: {}}]
rules: [{name: Sales, when: {queue: [Sails]}, then: {queue: Sales, assignee: carl@example.com}}]
`;
    await expect(apply(text)).rejects.toMatchObject({
      faults: [
        { field: 'line 1, column 8', detail: 'desk.calendar: There is no calendar “Nowhere”.' },
        { field: 'line 5, column 5', detail: 'queues[0].calendar: There is no calendar “Ofice”.' },
        { field: 'line 6, column 5', detail: 'queues[0].chain: There is no chain “Nights”.' },
        { detail: 'teams[0].lead: There is no agent “nobody@acme.test”.' },
        { detail: 'teams[0].members[0]: There is no agent “no@acme.test”.' },
        { detail: 'teams[0].calendar: There is no calendar “Later”.' },
        { detail: 'chains[0].steps[0].notify[1]: There is no responder or rota “Nobody”.' },
        { detail: 'policies[0].match.level[1]: There is no level “L7”.' },
        { detail: 'rules[0].when.queue[0]: There is no queue “Sails”.' },
        { detail: 'rules[0].then.assignee: There is no agent “carl@example.com”.' },
      ],
    });
    expect(await exported()).toBe(before);
  });

  it('is refused where a context refuses it, at its place, and nothing of it is done', async () => {
    const before = await exported();
    const text = `levels:
  - {name: L9, title: Nine, targets: {}}
users:
  - {email: zoe@acme.test, name: Zoe, role: agent, timezone: Mars/Base}
calendars:
  - name: 24x7
    timezone: UTC
    week: {mon: [["09:00", "17:00"]]}
`;
    await expect(apply(text)).rejects.toMatchObject({
      places: [{ line: 8, path: ['calendars', 0, 'week'], detail: expect.stringContaining('around the clock') }],
    });
    await expect(apply(text.replace(/calendars:[^]*/, ''))).rejects.toMatchObject({
      places: [{ line: 4, path: ['users', 0, 'timezone'] }],
    });
    await expect(apply('rules: [{name: One, then: {tags: [x]}}]')).rejects.toMatchObject({
      places: [{ line: 1, path: ['rules', 0, 'then'], detail: 'the last rule must name a level and a queue' }],
    });
    expect(await exported()).toBe(before);
  });

  it('keeps one rule and one policy for everything else: the file’s takes the place of the one that was', async () => {
    await apply(`
policies: [{name: Gold, match: {tier: [Gold]}, targets: {firstResponse: 30}}, {name: Basic, targets: {}}]
rules: [{name: The rest, then: {level: L4, queue: Support}}]
`);
    expect(await namesIn('policy where removed_at is null')).toEqual(['Gold', 'Basic']);
    expect(await namesIn('rule')).toEqual(['The rest']);
    expect(await apply('policies: [{name: Silver, match: {tier: [Silver]}, targets: {}}, {name: Gold, match: {tier: [Gold]}, targets: {firstResponse: 30}}]')).toEqual(['policy Silver: added']); // prettier-ignore
    expect(await namesIn('policy where removed_at is null')).toEqual(['Silver', 'Gold', 'Basic']);
  });

  it('may be applied by several at once', async () => {
    const outcomes = await Promise.all([apply(EVERYTHING), apply(EVERYTHING), apply(EVERYTHING)]);
    expect(outcomes.filter((changes) => changes.length > 0)).toHaveLength(1);
  });
});
