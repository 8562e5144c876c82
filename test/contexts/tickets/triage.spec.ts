import { House } from '../../support/house.js';
import { acting, ann, bob, carl, cleo, mia } from '../../support/people.js';
import {
  customerSays,
  does,
  furnish,
  historyOf,
  messagesOf,
  reply,
  ticketByForm,
  ticketNumbered,
} from '../../support/tickets.js';
import { Organisations } from '../../../src/customers/organisations.js';
import { Assignment } from '../../../src/tickets/assignment.js';
import { ManualDue } from '../../../src/tickets/manual-due.js';
import { Merging } from '../../../src/tickets/merging.js';
import { Queues } from '../../../src/tickets/queues.js';
import { Triage } from '../../../src/tickets/triage.js';

const story = { name: 'the story' };
const last = async (house: House, ticket: number) => (await historyOf(house, ticket)).at(-1);

describe('putting a ticket where it belongs', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
    await house.transaction((tx) => house.get(Queues).save(tx, { name: 'Billing' }, story));
  });
  afterAll(async () => {
    await house.close();
  });

  it('changes the level, with the reason that an agent gives', async () => {
    const { number } = await ticketByForm(house);
    await does(house, ann, (tx, deed) => house.get(Triage).setLevel(tx, number, 'L1', ' He called twice ', deed));
    expect((await ticketNumbered(house, number)).level).toBe('L1');
    expect(await last(house, number)).toMatchObject({
      type: 'level',
      by: { email: ann.email },
      data: { level: 'L1', from: 'L3', reason: 'He called twice' },
    });
  });

  it('does not change the level without a reason, nor to one that is not there', async () => {
    const { number } = await ticketByForm(house);
    await expect(
      does(house, ann, (tx, deed) => house.get(Triage).setLevel(tx, number, 'L1', '  ', deed)),
    ).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ field: 'levelReason' }],
    });
    await expect(
      does(house, ann, (tx, deed) => house.get(Triage).setLevel(tx, number, 'L7', 'why not', deed)),
    ).rejects.toMatchObject({
      faults: [{ field: 'level' }],
    });
    expect((await ticketNumbered(house, number)).version).toBe(1);
  });

  it('changes the queue, the tags and the subject, each once', async () => {
    const { number } = await ticketByForm(house);
    const triage = house.get(Triage);
    for (let twice = 0; twice < 2; twice++) {
      await does(house, ann, (tx, deed) => triage.setQueue(tx, number, 'Billing', deed));
      await does(house, ann, (tx, deed) => triage.setTags(tx, number, ['Refund', ' refund', 'VIP\u202e'], deed));
      await does(house, ann, (tx, deed) => triage.setSubject(tx, number, 'Refund\r\nBcc: x', deed));
    }
    const history = (await historyOf(house, number)).slice(2);
    expect(history.map(({ type, data }) => [type, data])).toEqual([
      ['queue', { queue: 'Billing', from: 'Support' }],
      ['tags', { tags: ['refund', 'vip'], from: [] }],
      ['subject', { subject: 'Refund Bcc: x', from: 'The printer does not print' }],
    ]);
    expect(await ticketNumbered(house, number)).toMatchObject({ version: 4, subject: 'Refund Bcc: x' });
  });

  it('says under whose contract it falls', async () => {
    const { number } = await ticketByForm(house);
    await house.transaction((tx) => house.get(Organisations).save(tx, { name: 'Pier Group' }, story));
    await does(house, ann, (tx, deed) => house.get(Triage).setOrganisation(tx, number, 'Pier Group', deed));
    await does(house, ann, (tx, deed) => house.get(Triage).setOrganisation(tx, number, null, deed));
    expect((await historyOf(house, number)).slice(2).map(({ data }) => data)).toEqual([
      { organisation: 'Pier Group', from: 'Harbour Hotels' },
      { organisation: null, from: 'Pier Group' },
    ]);
  });

  it('is taken, given and released', async () => {
    const { number } = await ticketByForm(house);
    const assignment = house.get(Assignment);
    await does(house, ann, (tx, deed) => assignment.take(tx, number, deed));
    await does(house, mia, (tx, deed) => assignment.assign(tx, number, 'BOB@desk.test', deed));
    await does(house, bob, (tx, deed) => assignment.release(tx, number, deed));
    expect((await historyOf(house, number)).slice(2).map(({ data }) => data)).toEqual([
      { assignee: ann.email, from: null },
      { assignee: bob.email, from: ann.email },
      { assignee: null, from: bob.email },
    ]);
    await expect(does(house, mia, (tx, deed) => assignment.assign(tx, number, carl.email, deed))).rejects.toMatchObject(
      { kind: 'invalid' },
    );
  });

  describe('spam', () => {
    it('is out of the way until somebody says that it is none, and then as it was', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'waiting' });
      await does(house, ann, (tx, deed) => house.get(Triage).markSpam(tx, number, deed));
      expect((await ticketNumbered(house, number)).status).toBe('spam');
      await expect(reply(house, number)).rejects.toMatchObject({ kind: 'conflict' });
      await customerSays(house, number);
      expect((await ticketNumbered(house, number)).status).toBe('spam');

      await does(house, ann, (tx, deed) => house.get(Triage).notSpam(tx, number, deed));
      expect((await ticketNumbered(house, number)).status).toBe('waiting');
      expect((await last(house, number))?.data).toEqual({ status: 'waiting', from: 'spam' });
    });

    it('that is resolved keeps the moment it was', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'resolved' });
      const before = await ticketNumbered(house, number);
      await does(house, ann, (tx, deed) => house.get(Triage).markSpam(tx, number, deed));
      await house.passTime('1h');
      await does(house, ann, (tx, deed) => house.get(Triage).notSpam(tx, number, deed));
      expect(await ticketNumbered(house, number)).toMatchObject({
        status: 'resolved',
        resolvedAt: before.resolvedAt,
        resolvedWithoutReply: false,
      });
    });
  });

  describe('a due date by hand', () => {
    it('is a line of the history, with its reason, and so is taking it back', async () => {
      const { number } = await ticketByForm(house);
      const dueAt = new Date('2026-06-05T10:00:00Z');
      await does(house, mia, (tx, deed) =>
        house.get(ManualDue).set(tx, number, { metric: 'resolution', dueAt, reason: 'Agreed by phone' }, deed),
      );
      expect(await last(house, number)).toMatchObject({
        type: 'manualDue',
        data: { metric: 'resolution', dueAt: '2026-06-05T10:00:00.000Z', reason: 'Agreed by phone' },
      });
      await does(house, mia, (tx, deed) =>
        house.get(ManualDue).remove(tx, number, { metric: 'resolution', reason: 'A mistake' }, deed),
      );
      expect((await last(house, number))?.data).toEqual({ metric: 'resolution', dueAt: null, reason: 'A mistake' });
    });

    it('wants a reason', async () => {
      const { number } = await ticketByForm(house);
      const set = does(house, mia, (tx, deed) =>
        house.get(ManualDue).set(tx, number, { metric: 'resolution', dueAt: new Date(0), reason: ' ' }, deed),
      );
      await expect(set).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  describe('merging', () => {
    const merge = (number: number, into: number) =>
      does(house, ann, (tx, deed) => house.get(Merging).merge(tx, number, into, deed));
    const undo = (number: number) => does(house, ann, (tx, deed) => house.get(Merging).undo(tx, number, deed));
    const textsOf = async (number: number) => (await messagesOf(house, number)).map(({ text }) => text);
    const peopleOf = async (number: number) =>
      house.query<{ email: string; kind: string }>(
        'select email, kind from participant join contact on contact.id = contact_id where ticket_number = $1 order by participant.id',
        [number],
      );

    it('moves what was said, takes the people along, and can be undone', async () => {
      const target = await ticketByForm(house, { body: 'By Carl' });
      const other = await ticketByForm(house, { email: cleo.email, name: cleo.name, body: 'By Cleo' });
      await merge(other.number, target.number);
      expect(await ticketNumbered(house, other.number)).toMatchObject({ mergedInto: target.number, status: 'new' });
      expect(await textsOf(target.number)).toEqual([
        'By Carl',
        'By Cleo',
        `Ticket #${other.number} was merged into this one.`,
      ]);
      expect(await textsOf(other.number)).toEqual([]);
      expect(await peopleOf(target.number)).toEqual([
        { email: carl.email, kind: 'requester' },
        { email: cleo.email, kind: 'cc' },
      ]);
      expect((await last(house, other.number))?.data).toMatchObject({ into: target.number });

      await undo(other.number);
      expect(await ticketNumbered(house, other.number)).toMatchObject({ mergedInto: null, status: 'new' });
      expect(await textsOf(other.number)).toEqual(['By Cleo']);
      expect((await textsOf(target.number))[0]).toBe('By Carl');
      expect(await textsOf(target.number)).not.toContain('By Cleo');
      expect(await peopleOf(target.number)).toEqual([{ email: carl.email, kind: 'requester' }]);
      expect((await last(house, other.number))?.type).toBe('unmerged');
    });

    it('leaves the other ticket to be worked on no more', async () => {
      const [one, two] = [await ticketByForm(house), await ticketByForm(house)];
      await merge(one.number, two.number);
      await expect(reply(house, one.number)).rejects.toMatchObject({
        kind: 'conflict',
        detail: expect.stringContaining(`#${two.number}`),
      });
    });

    it('takes what a customer says to it into the target', async () => {
      const [one, two] = [await ticketByForm(house), await ticketByForm(house)];
      await merge(one.number, two.number);
      expect((await customerSays(house, one.number, 'Where am I?')).ticket.number).toBe(two.number);
    });

    it('is undone in any order, and each gets back its own', async () => {
      const [a, b, c] = [
        await ticketByForm(house, { body: 'A' }),
        await ticketByForm(house, { body: 'B' }),
        await ticketByForm(house, { body: 'C' }),
      ];
      await merge(a.number, b.number);
      await merge(b.number, c.number);
      expect((await customerSays(house, a.number, 'to A')).ticket.number).toBe(c.number);
      await undo(a.number);
      expect(await textsOf(a.number)).toEqual(['A']);
      await undo(b.number);
      expect(await textsOf(b.number)).toContain('B');
      expect(await textsOf(a.number)).toEqual(['A']);
      expect(await textsOf(c.number)).toEqual(expect.arrayContaining(['C', 'to A']));
      expect(await textsOf(c.number)).not.toContain('B');
    });

    it('goes neither into itself, nor in a circle, nor twice', async () => {
      const [one, two, three] = [await ticketByForm(house), await ticketByForm(house), await ticketByForm(house)];
      await expect(merge(one.number, one.number)).rejects.toMatchObject({ kind: 'invalid' });
      await merge(one.number, two.number);
      await expect(merge(two.number, one.number)).rejects.toMatchObject({ kind: 'invalid' });
      await expect(merge(one.number, three.number)).rejects.toMatchObject({ kind: 'conflict' });
      await expect(undo(three.number)).rejects.toMatchObject({ kind: 'conflict' });
      await expect(merge(999_999, three.number)).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('across each other at the same time ends with one of them', async () => {
      const [one, two] = [await ticketByForm(house), await ticketByForm(house)];
      const results = await Promise.allSettled([merge(one.number, two.number), merge(two.number, one.number)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });
  });

  it('writes who did it as they were called then', async () => {
    const { number } = await ticketByForm(house);
    await does(house, mia, (tx, deed) => house.get(Triage).setTags(tx, number, ['x'], deed));
    expect((await last(house, number))?.by).toEqual(await acting(house, mia));
  });
});
