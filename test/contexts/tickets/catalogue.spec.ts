import { House } from '../../support/house.js';
import { ann, carl } from '../../support/people.js';
import { does, furnish, historyOf, ticketByForm, ticketByMail, ticketNumbered } from '../../support/tickets.js';
import { Organisations } from '../../../src/customers/organisations.js';
import { Levels } from '../../../src/tickets/levels.js';
import { Queues } from '../../../src/tickets/queues.js';
import { Rules, type RuleItem } from '../../../src/tickets/rules.js';
import { Triage } from '../../../src/tickets/triage.js';

const story = { name: 'the story' };
const everythingElse: RuleItem = { name: 'Everything else', then: { level: 'L3', queue: 'Support' } };

describe('levels, queues and rules', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  const saveRules = (...rules: RuleItem[]) => house.transaction((tx) => house.get(Rules).saveAll(tx, rules, story));
  const audited = async (subject: string) =>
    (
      await house.query<{ action: string }>('select action from audit_entry where subject = $1 order by id', [subject])
    ).map(({ action }) => action);

  it('are saved once, changed when they are another, and each change is on record', async () => {
    const save = (title: string) =>
      house.transaction((tx) =>
        house
          .get(Levels)
          .save(tx, { name: 'L5', title, targets: { firstResponse: null, resolution: { workingDays: 20 } } }, story),
      );
    expect(await save('Whenever')).toBe('added');
    expect(await save('Whenever')).toBe('unchanged');
    expect(await save('Some day')).toBe('changed');
    expect(await audited('level L5')).toEqual(['level.added', 'level.changed']);
    const all = await house.transaction((tx) => house.get(Levels).all(tx));
    expect(all.map(({ name }) => name)).toEqual(['L1', 'L2', 'L3', 'L4', 'L5']);
    expect(all.at(-1)).toEqual({
      name: 'L5',
      title: 'Some day',
      targets: { firstResponse: null, resolution: { workingDays: 20 } },
    });
    await house.transaction((tx) => house.get(Levels).remove(tx, 'L5', story));
    expect(await house.transaction((tx) => house.get(Levels).byName(tx, 'L5'))).toBeNull();
  });

  it('come back as they were saved', async () => {
    const queue = {
      ...{ name: 'Night', calendar: '24x7', chain: 'Default', closeAfterDays: 3, reopenWindowDays: 0 },
      copiesJoin: 'colleagues' as const,
    };
    await house.transaction((tx) => house.get(Queues).save(tx, queue, story));
    const all = await house.transaction((tx) => house.get(Queues).all(tx));
    expect(all).toContainEqual(queue);
    expect(all).toContainEqual({ name: 'Support' });
    expect(await house.transaction((tx) => house.get(Queues).save(tx, queue, story))).toBe('unchanged');
    await house.transaction((tx) => house.get(Queues).remove(tx, 'Night', story));
  });

  it('refuse a calendar that is not there', async () => {
    const save = house.transaction((tx) => house.get(Queues).save(tx, { name: 'Moon', calendar: 'Lunar' }, story));
    await expect(save).rejects.toMatchObject({ kind: 'invalid', faults: [{ field: 'calendar' }] });
  });

  it('stay while something leans on them', async () => {
    await ticketByForm(house);
    await expect(house.transaction((tx) => house.get(Levels).remove(tx, 'L3', story))).rejects.toMatchObject({
      kind: 'conflict',
      detail: expect.stringContaining('Everything else'),
    });
    await expect(house.transaction((tx) => house.get(Queues).remove(tx, 'Support', story))).rejects.toMatchObject({
      kind: 'conflict',
    });
    const { number } = await ticketByForm(house);
    await does(house, ann, (tx, deed) => house.get(Triage).setLevel(tx, number, 'L2', 'why', deed));
    await expect(house.transaction((tx) => house.get(Levels).remove(tx, 'L2', story))).rejects.toMatchObject({
      kind: 'conflict',
      detail: expect.stringContaining('Tickets'),
    });
  });

  describe('rules', () => {
    afterEach(async () => {
      await saveRules(everythingElse);
    });

    it.each<[string, RuleItem[]]>([
      ['none at all', []],
      [
        'a last one that asks something',
        [{ name: 'A', when: { channel: ['mail'] }, then: { level: 'L3', queue: 'Support' } }],
      ],
      ['a last one that leaves the queue open', [{ name: 'A', then: { level: 'L3' } }]],
      ['one for everything before the last', [{ name: 'A', then: { level: 'L1' } }, everythingElse]],
      [
        'two of one name',
        [{ name: 'Everything else', when: { inHours: true }, then: { level: 'L1' } }, everythingElse],
      ],
      ['a level that is not there', [{ name: 'A', when: { inHours: true }, then: { level: 'L9' } }, everythingElse]],
      ['a queue that is not there', [{ name: 'A', when: { inHours: true }, then: { queue: 'Moon' } }, everythingElse]],
      [
        'an assignee who does not work here',
        [{ name: 'A', when: { inHours: true }, then: { assignee: carl.email } }, everythingElse],
      ],
    ])('are refused: %s', async (_, rules) => {
      await expect(saveRules(...rules)).rejects.toMatchObject({ kind: 'invalid' });
      expect(await house.transaction((tx) => house.get(Rules).all(tx))).toContainEqual(everythingElse);
    });

    it('come back as they were saved, in their order', async () => {
      const rules: RuleItem[] = [
        {
          name: 'Gold',
          when: { tier: ['gold'], fields: { product: ['a', 'b'], seats: 3 }, inHours: false },
          then: { level: 'L2', tags: ['gold'], assignee: ann.email },
        },
        { name: 'Outage', when: { anyWords: ['outage'] }, then: { level: 'L1' } },
        everythingElse,
      ];
      await saveRules(...rules);
      expect(await house.transaction((tx) => house.get(Rules).all(tx))).toEqual(rules);
    });

    it('give level, tags and assignee; the last one answers what the deciding one leaves open', async () => {
      await saveRules(
        { name: 'Gold', when: { tier: ['gold'] }, then: { tags: ['Gold'], assignee: ann.email } },
        everythingElse,
      );
      const ticket = await ticketByForm(house);
      expect(ticket).toMatchObject({ level: 'L3', tags: ['gold'] });
      const history = await historyOf(house, ticket.number);
      expect(history.map(({ type }) => type)).toEqual(['created', 'rule', 'assigned']);
      expect(history[1]?.data).toEqual({
        rule: 'Gold',
        why: 'tier is gold',
        set: { tags: ['Gold'], assignee: ann.email, level: 'L3', queue: 'Support' },
      });
    });

    it('leave a ticket to nobody where they name somebody who has left', async () => {
      await saveRules({ name: 'Ann’s', when: { channel: ['form'] }, then: { assignee: ann.email } }, everythingElse);
      await house.query('update app_user set disabled_at = created_at where email = $1', [ann.email]);
      expect((await ticketByForm(house)).assigneeId).toBeNull();
      await house.query('update app_user set disabled_at = null where email = $1', [ann.email]);
    });

    it('know by the customer’s calendar whether it is open', async () => {
      await saveRules({ name: 'At night', when: { inHours: false }, then: { level: 'L4' } }, everythingElse);
      await house.transaction((tx) =>
        house
          .get(Organisations)
          .save(
            tx,
            { name: 'Harbour Hotels', tier: 'gold', domains: ['harbour.example'], calendar: 'Office hours' },
            story,
          ),
      );
      await house.passTimeUntil('2026-06-08T08:00:00Z');
      expect((await ticketByForm(house)).level).toBe('L3');
      await house.passTimeUntil('2026-06-08T22:00:00Z');
      expect((await ticketByForm(house)).level).toBe('L4');
      await house.transaction((tx) =>
        house
          .get(Organisations)
          .save(tx, { name: 'Harbour Hotels', tier: 'gold', domains: ['harbour.example'], calendar: '24x7' }, story),
      );
      expect((await ticketByForm(house)).level).toBe('L3');
    });

    it('know the mailbox and the sender’s domain of a mail', async () => {
      await saveRules(
        {
          name: 'Theirs',
          when: { mailbox: ['support@desk.test'], senderDomain: ['harbour.example'], channel: ['mail'] },
          then: { level: 'L2' },
        },
        everythingElse,
      );
      expect((await ticketByMail(house)).level).toBe('L2');
      expect((await ticketByForm(house)).level).toBe('L3');
      const { number } = await ticketByMail(house, { from: 'X <x@other.example>', text: 'Hello' });
      expect((await ticketNumbered(house, number)).level).toBe('L3');
    });
  });
});
