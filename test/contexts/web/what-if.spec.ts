import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import { Clocks } from '../../../src/sla/clocks.js';
import { Triage } from '../../../src/tickets/triage.js';
import { House, STAFF_PASSWORD } from '../../support/house.js';
import { ann, hire, mia } from '../../support/people.js';
import { customerSays, does, reply, ticketByAgent } from '../../support/tickets.js';
import { Visitor, wordsOf } from '../../support/visitor.js';
import { Users } from '../../../src/identity/users.js';

const ERIN = { email: 'erin@desk.test', name: 'Erin Else', role: 'agent' as const };

describe('what if', () => {
  let house: House;
  let manager: Visitor;
  let agent: Visitor;
  let number: number;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T08:00:00Z', env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    await hire(house);
    const saved = await house.get(Users).byEmail(mia.email);
    await house.transaction((tx) =>
      house.get(Users).setPassword(tx, saved?.id ?? '', STAFF_PASSWORD, { name: 'the story' }),
    );
    await house.employs({ ...ERIN, from: `Erin <${ERIN.email}>` });
    ({ number } = await ticketByAgent(house, { level: 'L3', subject: 'The printer' }));
    await house.passTime('40m');
    await reply(house, number, { setStatus: 'waiting' });
    await house.passTime('2h');
    await customerSays(house, number);
    await does(house, ann, (tx, by) => house.get(Triage).setLevel(tx, number, 'L2', 'Worse than it looked', by));
    await house.passTime('1h');
    manager = new Visitor(house);
    await manager.signIn(mia.email, STAFF_PASSWORD);
    agent = new Visitor(house);
    await agent.signIn(ERIN.email, STAFF_PASSWORD);
  }, 120_000);
  afterAll(() => house.close());

  const requestOn = (body: string): any => {
    const [, text = ''] = /<pre class="code simulator-request"[^>]*>([\s\S]*?)<\/pre>/.exec(body) ?? [];
    return JSON.parse(
      text.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&').replaceAll('&#x3D;', '='),
    );
  };
  /** The fields of the simulator's form as they stand on the page. */
  const fieldsOn = (body: string): Record<string, string> => {
    const fields: Record<string, string> = {};
    for (const [, name = '', value = ''] of body.matchAll(/name="((?:at|data)-\d+)" value="([^"]*)"/g)) {
      fields[name] = value.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&');
    }
    for (const [, name = '', options = ''] of body.matchAll(
      /name="(type-\d+|policy|calendar)"[^>]*>([\s\S]*?)<\/select>/g,
    )) {
      fields[name] = /value="([^"]*)" selected/.exec(options)?.[1] ?? '';
    }
    fields['moments'] = /name="moments"[^>]*>([^<]*)</.exec(body)?.[1] ?? '';
    return fields;
  };

  it('shows a ticket’s story with the very clocks of the ticket', async () => {
    const page = await manager.open(`/admin/simulator?ticket=${number}`);
    expect(page.status).toBe(200);
    const request = requestOn(page.body);
    const { body: answer } = await house.api.post('/sla/simulate', request);
    const bare = ({ policyVersion: _, calendarVersion: __, ...clock }: any) => clock;
    const own = await house.get(Clocks).explained(house.database, number, house.now.read());
    expect(answer.results[0].clocks.map(bare)).toEqual(own.map(bare));
    expect(own.length).toBeGreaterThan(1);
    expect(wordsOf(page)).toContain('First response');
  });

  it('counts what was promised to a ticket by other hours, and takes no desk file for it', async () => {
    const form = fieldsOn((await manager.open(`/admin/simulator?ticket=${number}`)).body);
    const page = await manager.send('/admin/simulator', { ...form, ticket: String(number), calendar: '24x7' });
    expect(page.status).toBe(200);
    const { results } = (await house.api.post('/sla/simulate', requestOn(page.body))).body;
    expect(results[0].clocks.length).toBeGreaterThan(1);
    for (const clock of results[0].clocks) expect([clock.metric, clock.calendar]).toEqual([clock.metric, '24x7']);

    const refused = await manager.send('/admin/simulator', {
      ...{ ...form, ticket: String(number) },
      file: 'levels: [{name: L3, title: X, targets: {firstResponse: 5}}]',
    });
    expect(refused.status).toBe(422);
    expect(wordsOf(refused)).toContain('What was promised to the ticket is in no desk file');
  });

  it('is an example that everybody who works here can play with, and says where a step is wrong', async () => {
    const { body, status } = await agent.open('/admin/simulator');
    expect(status).toBe(200);
    const fields = fieldsOn(body);
    expect(fields['type-0']).toBe('created');
    const edited = await agent.send('/admin/simulator', { ...fields, 'data-2': 'status: asleep', 'at-3': 'tomorrow' });
    expect(edited.status).toBe(422);
    expect(wordsOf(edited)).toContain('Step 3: status is one of new, open');
    expect(wordsOf(edited)).toContain('Step 4: “tomorrow” is not an instant');
    const mended = await agent.send('/admin/simulator', {
      ...fields,
      policy: 'Default',
      calendar: '24x7',
      'at-3': '',
      'type-3': '',
    });
    expect(mended.status).toBe(200);
    const request = requestOn(mended.body);
    expect(request.events).toHaveLength(4);
    expect(request.policies.every(({ calendar }: any) => calendar.name === '24x7')).toBe(true);
  });

  it('takes a pasted timeline and a desk file, with faults at their lines', async () => {
    await agent.open('/admin/simulator');
    const text =
      '- {at: 2026-05-04T09:00:00+02:00, type: created, level: L2}\n- {at: 2026-05-04T09:30:00+02:00, type: agentReply}';
    const { body } = await agent.send('/admin/simulator', { step: 'paste', text, moments: '2026-05-04 12:00' });
    const fields = fieldsOn(body);
    expect(fields).toMatchObject({ 'at-0': '2026-05-04 09:00', 'type-1': 'agentReply' });

    const typo = await agent.send('/admin/simulator', {
      step: 'paste',
      text: text.replace('type: created', 'typ: created'),
    });
    const { body: pasted } = typo;
    const nameless = await agent.send('/admin/simulator', fieldsOn(pasted));
    expect(wordsOf(nameless)).toContain('Step 1: It does not say what happened; “type” is one of created,');

    const broken = await agent.send('/admin/simulator', { ...fields, file: 'levels:\n  - name: L2\n    titel: x\n' });
    expect([broken.status, wordsOf(broken)]).toEqual([422, expect.stringContaining('line 3, column')]);
    const foreign = await agent.send('/admin/simulator', {
      ...fields,
      file: 'users: [{email: a@b.test, name: A, role: admin}]',
    });
    expect([foreign.status, wordsOf(foreign)]).toEqual([422, expect.stringContaining('leave out users')]);

    const inserted = await agent.send('/admin/simulator', { ...fields, insert: 'levels' });
    expect(inserted.body).toContain('name: L4');
    const file = 'levels: [{name: L2, title: x, targets: {firstResponse: 20}}]';
    const told = await agent.send('/admin/simulator', { ...fields, file });
    expect(told.status).toBe(200);
    expect(wordsOf(told)).toContain('missed by 10m');
    expect((await house.query(`select targets from level where name = 'L2'`))[0]).toMatchObject({
      targets: { firstResponse: 240 },
    });
  });

  it('asks for a back-test, watches it, and shows both columns with the tickets behind them', async () => {
    expect((await agent.open('/admin/back-test')).status).toBe(403);
    expect(wordsOf(await manager.open('/admin/back-test'))).toContain('Nothing has been compared yet');
    const period = { from: '2026-06-01', to: '2026-06-30' };
    const inserted = await manager.send('/admin/back-test', { ...period, insert: 'levels' });
    expect(inserted.body).toContain('name: L4');
    const broken = await manager.send('/admin/back-test', { ...period, file: 'levels:\n  - titel: x' });
    expect([broken.status, wordsOf(broken)]).toEqual([422, expect.stringContaining('Desk file, line 2')]);
    expect((await manager.send('/admin/back-test', { from: '2026-06-30', to: '2026-06-01' })).status).toBe(422);

    const file =
      'levels: [{name: L3, title: x, targets: {firstResponse: 5}}, {name: L2, title: x, targets: {firstResponse: 5}}]';
    const asked = await manager.send('/admin/back-test', { ...period, file });
    expect(wordsOf(asked)).toContain('0 of 1 tickets counted');
    const part = await manager.open(`${asked.url}/progress`);
    expect([part.headers.get('hx-refresh'), part.body]).toEqual([null, expect.stringContaining('<progress')]);
    await house.settle();
    expect((await manager.open(`${asked.url}/progress`)).headers.get('hx-refresh')).toBe('true');

    const done = await manager.open(asked.url);
    expect(wordsOf(done)).toContain('Would have been broken 1');
    const clocks = await manager.open(`${asked.url}/clocks?turn=worse&metric=firstResponse`);
    expect(clocks.body).toContain(`/tickets/${number}/clocks#firstResponse-1`);
    expect(wordsOf(clocks)).toMatch(/met due Tue 2 Jun 2026, 10:00 CEST breached due Mon 1 Jun 2026, 10:05 CEST/);
    const gone = await manager.open(asked.url);
    expect(gone.status).toBe(200);
    await manager.send(`${asked.url}/removal`);
    expect((await manager.open(asked.url)).status).toBe(404);
  });

  it('tells on the settings how far the clocks are counted anew, and what came of it', async () => {
    const quiet = wordsOf(await manager.open('/admin/settings'));
    expect(quiet).not.toContain('counted anew');
    const levels = [{ name: 'L2', title: 'x', targets: { firstResponse: 30, resolution: 999 } }];
    const read = readDeskFile(JSON.stringify({ levels }));
    await house.transaction((tx) => house.get(DeskFiles).apply(tx, read, { name: 'the story' }));
    expect(wordsOf(await manager.open('/admin/settings'))).toContain('the clocks are about to be counted anew');
    await house.settle();
    const part = await manager.open('/admin/recount');
    expect(part.body).toContain('The clocks of 1 ticket have been counted anew: 1 clock moved');
    expect(part.body).not.toContain('hx-get');
    const { body } = await manager.open('/metrics');
    expect(body).toContain('punctual_recount_tickets_left 0');
    expect(body).toMatch(/punctual_recount_clocks_moved 1/);
    await house.passTime('6m');
    expect((await manager.open('/admin/recount')).body.trim()).toBe('');
  });
});
