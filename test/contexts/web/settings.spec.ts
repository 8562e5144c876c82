import { House, STAFF_PASSWORD } from '../../support/house.js';
import { adam, carl, mia } from '../../support/people.js';
import { Visitor, wordsOf, type PageSeen } from '../../support/visitor.js';
import { ADMIN_PASSWORD } from '../../support/house.js';

describe('the settings', () => {
  let house: House;
  let admin: Visitor;
  let manager: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await house.employs(mia);
    admin = new Visitor(house);
    await admin.signIn(adam.email, ADMIN_PASSWORD);
    manager = new Visitor(house);
    await manager.signIn(mia.email, STAFF_PASSWORD);
  });
  afterAll(() => house.close());

  /** What is in the fields of the form in hand, as a browser would send it. */
  const fieldsOf = (page: PageSeen): Record<string, string> => {
    const main = page.body.replace(/^[\s\S]*?<main/, '<main');
    const inputs = [...main.matchAll(/<input class="input"[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"/g)];
    const areas = [...main.matchAll(/<textarea class="input"[^>]*\bname="([^"]+)"[^>]*>([^<]*)</g)];
    const selects = [...main.matchAll(/<select class="input"[^>]*\bname="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g)].map(
      ([, name = '', inner = '']) => ['', name, /<option value="([^"]*)" selected/.exec(inner)?.[1] ?? ''],
    );
    return Object.fromEntries([...inputs, ...areas, ...selects].map(([, name = '', value = '']) => [name, value]));
  };
  const level = async (name: string): Promise<unknown> => (await house.api.get(`/levels/${name}`)).body;

  it('are listed for whoever may see them', async () => {
    const page = await admin.open('/admin/settings');
    expect(wordsOf(page)).toMatch(/Settings .*Levels .*Policies .*Rules .*Queues .*emergency contact .*This desk/);
    expect(wordsOf(await manager.open('/admin/settings'))).not.toContain('emergency contact');
  });

  it('show what would change and what it does to the clocks, and save it after that', async () => {
    await house.mailArrives({ from: carl.from, subject: 'A question', text: 'How?' });
    const form = await admin.open('/admin/levels/L3');
    const sent = { ...fieldsOf(form), 'targets.firstResponse': '2h', title: 'Not as it should be', step: 'review' };
    const review = await admin.send('/admin/levels/L3', sent);
    expect(wordsOf(review)).toMatch(/Title Impaired → Not as it should be/);
    expect(wordsOf(review)).toMatch(/First response 8 hours → 2 hours/);
    expect(wordsOf(review)).toMatch(/1 clock would move, all to an earlier instant/);
    expect(await level('L3')).toMatchObject({ title: 'Impaired' });

    const saved = await admin.send('/admin/levels/L3', { step: 'save' });
    expect(saved.url).toBe('/admin/levels');
    expect(wordsOf(saved)).toContain('The level L3 is saved.');
    expect(await level('L3')).toMatchObject({
      title: 'Not as it should be',
      targets: { firstResponse: 120, resolution: { workingDays: 3 } },
    });
    const [entry] = await house.query<{ action: string; by: { email: string } }>(
      `select action, by from audit_entry where subject = 'level L3' order by id desc limit 1`,
    );
    expect(entry).toMatchObject({ action: 'level.changed', by: { email: adam.email } });
  });

  it('lead back to the form as it was filled in', async () => {
    const form = await admin.open('/admin/levels/L4');
    await admin.send('/admin/levels/L4', { ...fieldsOf(form), title: 'Whenever' });
    const back = await admin.send('/admin/levels/L4', { step: 'edit' });
    expect(fieldsOf(back)).toMatchObject({ title: 'Whenever', 'targets.resolution': '10 working days' });
    expect(await level('L4')).toMatchObject({ title: 'Question or wish' });
  });

  it('say what is wrong beside the field, and keep what was written', async () => {
    const form = await admin.open('/admin/levels/L4');
    const page = await admin.send('/admin/levels/L4', {
      ...fieldsOf(form),
      title: ' ',
      'targets.firstResponse': '3 days',
      'targets.update': '9999999 h',
    });
    expect(page.status).toBe(422);
    expect(wordsOf(page)).toContain('Say which days: “3 working days”, or “72 h” of open time.');
    expect(wordsOf(page)).toContain('Say in a few words what it means');
    expect(fieldsOf(page)['targets.firstResponse']).toBe('3 days');
    const tooLong = await admin.send('/admin/levels/L4', { ...fieldsOf(form), 'targets.update': '99999 h' });
    expect(tooLong.status).toBe(422);
    expect(tooLong.body).toMatch(/<a href="#targets\.update">/);
  });

  it('say when nothing would change, and save nothing then', async () => {
    const form = await admin.open('/admin/levels/L4');
    expect(wordsOf(await admin.send('/admin/levels/L4', fieldsOf(form)))).toContain('Nothing would change');
    await admin.open('/admin/levels/L4');
    expect(wordsOf(await admin.send('/admin/levels/L4', { ...fieldsOf(form), step: 'save' }))).toContain(
      'Nothing was changed',
    );
  });

  it('never overwrite what somebody else has changed meanwhile without showing it', async () => {
    const other = new Visitor(house);
    await other.signIn(adam.email, ADMIN_PASSWORD);
    const form = await admin.open('/admin/levels/L2');
    const sent = { ...fieldsOf(form), title: 'Mine' };
    expect(wordsOf(await admin.send('/admin/levels/L2', sent))).not.toContain('while you were editing');

    const theirs = fieldsOf(await other.open('/admin/levels/L2'));
    await other.send('/admin/levels/L2', { ...theirs, title: 'Theirs', 'targets.update': '5 h' });
    await other.send('/admin/levels/L2', { step: 'save' });
    expect(await level('L2')).toMatchObject({ title: 'Theirs' });

    const held = await admin.send('/admin/levels/L2', { step: 'save' });
    expect(held.status).toBe(409);
    expect(wordsOf(held)).toMatch(/has changed this .*while you were editing\. Title Badly impaired → Theirs/);
    expect(wordsOf(held)).toMatch(/Title Theirs → Mine Update 5 hours → no target/);
    expect(await level('L2')).toMatchObject({ title: 'Theirs' });

    await admin.send('/admin/levels/L2', { step: 'save' });
    expect(await level('L2')).toMatchObject({ title: 'Mine', targets: { firstResponse: 240, resolution: 480 } });
  });

  it('add a level, order it, and remove it while nothing names it', async () => {
    await admin.open('/admin/levels/new');
    await admin.send('/admin/levels/new', {
      name: 'L0',
      title: 'Fire',
      'targets.firstResponse': '5 m',
      calendar: '24x7',
    });
    const review = await admin.send('/admin/levels/new', { step: 'save' });
    expect(wordsOf(review)).toContain('The level L0 is there.');

    let page = review;
    for (let step = 0; step < 4; step++) page = await admin.send('/admin/levels/order', { step: 'up:L0' });
    expect(wordsOf(page)).toMatch(/The order has changed and is not saved yet.* L0 Fire .* L1 Service down/);
    expect(wordsOf(await admin.send('/admin/levels/order', { step: 'review' }))).toMatch(
      /Order of the levels .*L1, L2, L3, L4, L0 → L0, L1, L2, L3, L4/,
    );
    await admin.send('/admin/levels/order', { step: 'save' });
    const names = (await house.api.get('/levels')).body as { items: { name: string }[] };
    expect(names.items.map(({ name }) => name)).toEqual(['L0', 'L1', 'L2', 'L3', 'L4']);

    await admin.open('/admin/levels/L0');
    await admin.send('/admin/levels/L0/removal', {});
    expect(wordsOf(await admin.send('/admin/levels/L0/removal', { step: 'save' }))).toContain('is removed');
    await house.api.put('/levels/L9', { name: 'L9', title: 'Wish', targets: {} });
    await house.api.put('/policies/Wishes', { name: 'Wishes', match: { level: ['L9'] }, targets: {} });
    await admin.open('/admin/levels/L9');
    const named = await admin.send('/admin/levels/L9/removal', {});
    expect(named.status).toBe(409);
    expect(wordsOf(named)).toContain('The policy Wishes still names it. Change that first.');
    await house.api.delete('/policies/Wishes');
    await house.api.delete('/levels/L9');

    await admin.open('/admin/levels/L3');
    const refused = await admin.send('/admin/levels/L3/removal', {});
    expect(refused.status).toBe(409);
    expect(wordsOf(refused)).toContain('gives the level L3, so it cannot be removed');
  });

  it('give a policy its targets, pauses and warnings, and show its versions', async () => {
    await admin.open('/admin/policies/new');
    const blank = {
      'how.firstResponse': 'own',
      'targets.firstResponse': '30 min',
      'how.update': 'off',
      warnAt: '60, 80 %',
    };
    const nobody = await admin.send('/admin/policies/new', { ...blank, name: 'Gold' });
    expect(nobody.status).toBe(422);
    expect(wordsOf(nobody)).toContain('Say for which tickets');
    const review = await admin.send('/admin/policies/new', {
      ...{ ...blank, name: 'Gold', 'match.level': ['L1', 'L2'], 'match.tag': 'vip, press', reopen: 'cycle' },
      'pauses.resolution': ['waiting', 'on-hold', 'resolved'],
      'pauses.update': ['waiting', 'resolved'],
    });
    expect(wordsOf(review)).toMatch(
      /Policy Gold new .*For level L1, L2 For tag vip, press First response 30 minutes Update off Pauses of resolution waiting, on hold, resolved Warns at 60 %, 80 %/,
    );
    await admin.send('/admin/policies/new', { step: 'save' });
    expect((await house.api.get('/policies/Gold')).body).toEqual({
      name: 'Gold',
      match: { level: ['L1', 'L2'], tag: ['vip', 'press'] },
      targets: { firstResponse: 30, update: null },
      pauses: { resolution: ['waiting', 'on-hold', 'resolved'] },
      warnAt: [60, 80],
      reopen: 'cycle',
    });

    const form = await admin.open('/admin/policies/Gold');
    expect(form.body).toMatch(/name="how\.update" value="off" checked/);
    expect(form.body).toMatch(/name="how\.resolution" value="level" checked/);
    const contradiction = await admin.send('/admin/policies/Gold', {
      ...{ 'match.level': 'L1', 'how.firstResponse': 'level', 'targets.firstResponse': '5 h' },
    });
    expect(wordsOf(contradiction)).toContain('“5 h” stands here, but “as the level says” is chosen.');
    await admin.open('/admin/policies/Gold');
    await admin.send('/admin/policies/Gold', { 'match.level': 'L1', warnAt: '', reopen: 'cycle', 'how.update': 'off' });
    await admin.send('/admin/policies/Gold', { step: 'save' });
    const versions = wordsOf(await admin.open('/admin/policies/Gold/versions'));
    expect(versions).toMatch(/Version 2 in force .*Adam.*First response 30 minutes → as the level says .*Version 1 /);
  });

  it('refuse what nobody could have chosen, at its field', async () => {
    await admin.open('/admin/policies/new');
    const page = await admin.send('/admin/policies/new', { name: 'Odd', 'match.level': 'L77', chain: 'None such' });
    expect(page.status).toBe(422);
    expect(wordsOf(page)).toMatch(/There is no level “L77”\..*There is no chain “None such”\./);
  });

  it('order the policies, with the default always last, and remove one', async () => {
    await house.api.post('/policies', { name: 'Silver', match: { level: ['L3'] }, targets: {} });
    const page = await admin.open('/admin/policies');
    expect(wordsOf(page)).toMatch(/Gold .* Silver .* Default default everything else/);
    await admin.send('/admin/policies/order', { step: 'up:Silver' });
    await admin.send('/admin/policies/order', { step: 'review' });
    await admin.send('/admin/policies/order', { step: 'save' });
    const names = (await house.api.get('/policies')).body as { items: { name: string }[] };
    expect(names.items.map(({ name }) => name)).toEqual(['Silver', 'Gold', 'Default']);
    expect(await house.query(`select data from audit_entry where action = 'policies.ordered'`)).toEqual([
      { data: { from: ['Gold', 'Silver'], to: ['Silver', 'Gold'] } },
    ]);

    await admin.open('/admin/policies/Gold');
    await admin.send('/admin/policies/Gold/removal', {});
    await admin.send('/admin/policies/Gold/removal', { step: 'save' });
    expect((await house.api.get('/policies/Gold')).status).toBe(404);
  });

  it('keep what a policy says, word for word, when nothing is changed in its form', async () => {
    const said = {
      ...{ name: 'Wordy', match: { level: ['L4'] }, targets: { resolution: { workingDays: 2 }, firstResponse: 90 } },
      ...{
        pauses: { firstResponse: [], resolution: ['on-hold', 'waiting'] },
        warnAt: [50, 75, 90],
        opensForStaff: false,
      },
    };
    await house.api.put('/policies/Wordy', said);
    const page = await admin.open('/admin/policies/Wordy');
    const sent: Record<string, string[]> = {};
    for (const [, name = '', value = ''] of page.body.matchAll(/name="([^"]+)" value="([^"]*)" checked|checked name/g))
      (sent[name] ??= []).push(value);
    for (const [, name = '', value = ''] of page.body.matchAll(
      /type="checkbox" name="([^"]+)" value="([^"]*)"[^>]* checked/g,
    ))
      if (!(sent[name] ?? []).includes(value)) (sent[name] ??= []).push(value);
    const own = [...page.body.matchAll(/name="(targets\.[^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const review = await admin.send('/admin/policies/Wordy', {
      ...{ ...fieldsOf(page), ...(Object.fromEntries(own) as Record<string, string>), ...sent },
    });
    expect(wordsOf(review)).toContain('Nothing would change');
  });

  it('change queues and the desk itself in the same way', async () => {
    await admin.open('/admin/queues/new');
    await admin.send('/admin/queues/new', {
      name: 'Billing',
      calendar: '24x7',
      closeAfterDays: '3',
      reopenWindowDays: '',
    });
    await admin.send('/admin/queues/new', { step: 'save' });
    expect((await house.api.get('/queues/Billing')).body).toEqual({
      name: 'Billing',
      calendar: '24x7',
      closeAfterDays: 3,
    });

    const form = await admin.open('/admin/desk');
    const review = await admin.send('/admin/desk', { ...fieldsOf(form), name: 'Harbour desk', calendar: '24x7' });
    expect(wordsOf(review)).toMatch(/Name Test desk → Harbour desk .*Calendar Office hours → 24x7/);
    expect(wordsOf(await admin.send('/admin/desk', { step: 'save' }))).toContain('The desk is saved.');
    const again = await admin.open('/admin/desk');
    const wrong = await admin.send('/admin/desk', { ...fieldsOf(again), timezone: 'Mars/Base', supportAddress: 'x' });
    expect(wrong.status).toBe(422);
    expect(wordsOf(wrong)).toContain('not a time zone');
  });

  it('are for managers to read and for admins to change', async () => {
    const page = await manager.open('/admin/levels/L1');
    expect(page.status).toBe(200);
    expect(page.body).toContain('<fieldset class="panel panel-body" disabled>');
    expect(page.body).not.toContain('Review changes');
    expect((await manager.send('/admin/levels/L1', { title: 'Mine' })).status).toBe(403);
  });
});
