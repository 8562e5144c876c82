import { House } from '../../support/house.js';
import { ann, carl, cleo, sam, type Person } from '../../support/people.js';
import { customerSays, does, furnish, reply, ticketByForm, ticketNumbered } from '../../support/tickets.js';
import type { CurrentUser, Role } from '../../../src/identity/current-user.js';
import { Conversation } from '../../../src/tickets/conversation.js';
import { Merging } from '../../../src/tickets/merging.js';
import { searchFor } from '../../../src/tickets/search.js';
import { ThreadLinks } from '../../../src/tickets/thread-links.js';
import { TicketAccess } from '../../../src/tickets/ticket-access.js';
import { Triage } from '../../../src/tickets/triage.js';

const as = ({ email, name }: Person, role: Role = 'customer'): CurrentUser => ({
  id: '00000000-0000-0000-0000-000000000000',
  email,
  name,
  role,
  timezone: 'UTC',
});

describe('who sees what', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  const sight = (user: CurrentUser, number: number) =>
    house.transaction((tx) => house.get(TicketAccess).sight(tx, user, number));
  const listFor = async (user: CurrentUser) => {
    const { sql, parameters } = house.get(TicketAccess).visible(user, 1);
    return (
      await house.query<{ number: number }>(`select number from ticket where ${sql} order by number`, parameters)
    ).map(({ number }) => number);
  };
  const messagesFor = async (user: CurrentUser, number: number) => {
    const { sql, parameters } = house.get(TicketAccess).messagesWithin(await sight(user, number), 2);
    const rows = await house.query<{ text: string }>(
      `select text from message where ticket_number = $1 and ${sql} order by created_at, position`,
      [number, ...parameters],
    );
    return rows.map(({ text }) => text);
  };

  it('staff see all, inside and out', async () => {
    const { number } = await ticketByForm(house);
    for (const role of ['agent', 'manager', 'admin'] as const) {
      expect(await sight(as(ann, role), number)).toEqual({ inside: true, contactId: null, since: null });
      expect(await listFor(as(ann, role))).toContain(number);
    }
    await expect(sight(as(ann, 'agent'), 4711)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('a customer sees their own, without notes; those of others do not exist', async () => {
    const mine = await ticketByForm(house, { body: 'Mine' });
    const theirs = await ticketByForm(house, { email: sam.email, name: sam.name });
    await does(house, ann, (tx, deed) =>
      house.get(Conversation).note(tx, mine.number, { ...deed, words: { text: 'Secret' } }),
    );
    await reply(house, mine.number, { text: 'Public' });
    expect(await messagesFor(as(carl), mine.number)).toEqual(['Mine', 'Public']);
    await expect(sight(as(carl), theirs.number)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await listFor(as(carl))).toContain(mine.number);
    expect(await listFor(as(carl))).not.toContain(theirs.number);
    expect(await listFor(as({ ...carl, email: 'nobody@harbour.example' }))).toEqual([]);
  });

  it('a customer sees those of the organisation only where that was granted', async () => {
    const { number } = await ticketByForm(house);
    await ticketByForm(house, { email: cleo.email, name: cleo.name });
    await expect(sight(as(cleo), number)).rejects.toMatchObject({ kind: 'not-found' });
    await house.query('update contact set sees_organisation = true where email = $1', [cleo.email]);
    expect(await sight(as(cleo), number)).toMatchObject({ inside: false, since: null });
    expect(await listFor(as(cleo))).toContain(number);
    await house.query('update contact set sees_organisation = false where email = $1', [cleo.email]);
    expect(await listFor(as(cleo))).not.toContain(number);
  });

  it('who was taken in later sees what was said since and what they said themselves', async () => {
    const target = await ticketByForm(house, { body: 'Before' });
    await house.passTime('1m');
    const other = await ticketByForm(house, { email: sam.email, name: sam.name, body: 'Sam’s own' });
    await house.passTime('1m');
    await does(house, ann, (tx, deed) => house.get(Merging).merge(tx, other.number, target.number, deed));
    await house.passTime('1m');
    await reply(house, target.number, { text: 'To both' });
    expect(await messagesFor(as(sam), target.number)).toEqual(['Sam’s own', 'To both']);
    expect(await messagesFor(as(carl), target.number)).toEqual(['Before', 'Sam’s own', 'To both']);
  });

  it('spam is seen by staff only', async () => {
    const { number } = await ticketByForm(house);
    await does(house, ann, (tx, deed) => house.get(Triage).markSpam(tx, number, deed));
    await expect(sight(as(carl), number)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await listFor(as(carl))).not.toContain(number);
  });

  describe('a signed link', () => {
    const links = () => house.get(ThreadLinks);
    const linkTo = async (number: number) => {
      const { requesterId } = await ticketNumbered(house, number);
      const link = await house.transaction((tx) => links().link(tx, number, requesterId));
      return { token: link.replace('http://desk.test/t/', ''), requesterId };
    };
    const open = (token: string) => house.transaction((tx) => links().open(tx, token));

    it('lets one person into one conversation', async () => {
      const { number } = await ticketByForm(house);
      const { token } = await linkTo(number);
      expect(token).toMatch(/^[a-z2-7]+$/);
      expect(await open(token)).toMatchObject({
        ticket: number,
        contact: { email: carl.email },
        kind: 'requester',
        since: null,
      });
      expect(await open(token.toUpperCase())).toMatchObject({ ticket: number });
    });

    it('lets nobody in who changes a sign of it', async () => {
      const { token } = await linkTo((await ticketByForm(house)).number);
      for (const place of [0, 7, token.length - 1]) {
        const forged = token.slice(0, place) + (token[place] === 'q' ? 'r' : 'q') + token.slice(place + 1);
        await expect(open(forged)).rejects.toMatchObject({ kind: 'not-found' });
      }
      await expect(open('')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('ends after half a year', async () => {
      const { token } = await linkTo((await ticketByForm(house)).number);
      await house.passTime('179d');
      await open(token);
      await house.passTime('3d');
      await expect(open(token)).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('is taken back with all its siblings, and a new one works', async () => {
      const { number } = await ticketByForm(house);
      const { token, requesterId } = await linkTo(number);
      await house.transaction((tx) => links().revoke(tx, number, requesterId));
      await expect(open(token)).rejects.toMatchObject({ kind: 'not-found' });
      expect(await open((await linkTo(number)).token)).toMatchObject({ ticket: number });
    });

    it('leads on to the ticket that this one was merged into', async () => {
      const target = await ticketByForm(house);
      const other = await ticketByForm(house, { email: sam.email, name: sam.name });
      const { token } = await linkTo(other.number);
      await does(house, ann, (tx, deed) => house.get(Merging).merge(tx, other.number, target.number, deed));
      expect(await open(token)).toMatchObject({
        ticket: target.number,
        contact: { email: sam.email },
        kind: 'cc',
        since: expect.any(Date),
      });
    });
  });

  describe('the search', () => {
    const find = async (typed: string, publicOnly = false) => {
      const condition = searchFor(typed, { first: 1, publicOnly });
      if (!condition) return [];
      return (
        await house.query<{ number: number }>(`select number from ticket where ${condition.sql}`, condition.parameters)
      ).map(({ number }) => number);
    };

    it('finds subjects, messages and numbers by the beginning of each word, in any case', async () => {
      const { number } = await ticketByForm(house, {
        subject: 'Zeppelin ÜBERHITZT',
        body: 'Serial-No: QX-4471/b, from captain@airship.example',
      });
      for (const typed of [
        'zeppelin',
        'ZEPP',
        'überh',
        'qx-4471',
        '4471',
        'captain@airship.example',
        'airship captain',
        'zeppelin überhitzt',
        `#${number}`,
        `${number}`,
      ]) {
        expect([typed, await find(typed)]).toEqual([typed, [number]]);
      }
      for (const typed of ['eppelin', 'zeppelin captain', 'qx-4472'])
        expect([typed, await find(typed)]).toEqual([typed, []]);
    });

    it('finds Japanese within a sentence', async () => {
      const { number } = await ticketByForm(house, { subject: 'サーバーの障害について', body: '昨日から' });
      expect(await find('障害')).toEqual([number]);
      expect(await find('害障')).toEqual([]);
    });

    it('finds what staff wrote among themselves for staff only', async () => {
      const { number } = await ticketByForm(house);
      await does(house, ann, (tx, deed) =>
        house.get(Conversation).note(tx, number, { ...deed, words: { text: 'Kompromat' } }),
      );
      expect(await find('kompromat')).toEqual([number]);
      expect(await find('kompromat', true)).toEqual([]);
    });

    it('takes anything that is typed, and messages of any length', async () => {
      const huge = Array.from({ length: 90_000 }, (_, count) => `w${count.toString(36)}`).join(' ');
      const { number } = await ticketByForm(house, { body: huge });
      await customerSays(house, number, '障'.repeat(200_000));
      expect(await find('w7')).toContain(number);
      for (const typed of [`'; drop table ticket; --`, '\\', `a'b`, ':*', '(&|!)', '<->', '\0', '99999999999999'])
        await find(typed);
    });
  });
});
