import { House } from '../../support/house.js';
import { ann, bob, carl, mia } from '../../support/people.js';
import {
  customerSays,
  does,
  doing,
  furnish,
  historyOf,
  lettersTo,
  messagesOf,
  reply,
  ticketByAgent,
  ticketByForm,
  ticketNumbered,
} from '../../support/tickets.js';
import { Conversation } from '../../../src/tickets/conversation.js';
import { Resolution } from '../../../src/tickets/resolution.js';
import { Waiting } from '../../../src/tickets/waiting.js';

const typesOf = (history: { type: string }[]) => history.map(({ type }) => type);

describe('a conversation', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
  });
  afterAll(async () => {
    await house.close();
  });

  describe('that a customer begins', () => {
    it('is a new ticket with a number from 1001 on, its level and its queue', async () => {
      const ticket = await ticketByForm(house);
      expect(ticket).toMatchObject({
        status: 'new',
        level: 'L3',
        openedBy: 'customer',
        channel: 'form',
        lastActor: 'customer',
      });
      expect(ticket.number).toBeGreaterThanOrEqual(1001);
      const [created, rule] = await historyOf(house, ticket.number);
      const [message] = await messagesOf(house, ticket.number);
      expect(created).toMatchObject({
        type: 'created',
        by: { kind: 'contact', email: carl.email },
        data: { by: 'customer', level: 'L3', status: 'new', channel: 'form', queue: 'Support', message: message?.id },
      });
      expect(rule).toMatchObject({
        type: 'rule',
        by: { kind: 'rule', name: 'Everything else' },
        data: { why: 'no other rule applies', set: { level: 'L3', queue: 'Support' } },
      });
    });

    it('belongs to the organisation at the address’s domain', async () => {
      const ticket = await ticketByForm(house);
      const [organisation] = await house.query<{ name: string }>('select name from organisation where id = $1', [
        ticket.organisationId,
      ]);
      expect(organisation?.name).toBe('Harbour Hotels');
    });

    it('takes the level that the customer chose, unless a rule knows better', async () => {
      expect((await ticketByForm(house, { urgency: 'L2' })).level).toBe('L2');
      expect((await ticketByForm(house, { urgency: 'L4', subject: 'Everything is down' })).level).toBe('L1');
      await expect(ticketByForm(house, { urgency: 'L9' })).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  describe('that staff begin', () => {
    it('for a customer is a new ticket like any other', async () => {
      const ticket = await ticketByAgent(house);
      expect(ticket).toMatchObject({ status: 'new', openedBy: 'customer' });
      expect((await historyOf(house, ticket.number))[0]).toMatchObject({
        by: { kind: 'user', email: ann.email },
        data: { by: 'customer' },
      });
    });

    it('for themselves is open at once', async () => {
      const ticket = await ticketByAgent(house, { requester: ann });
      expect(ticket).toMatchObject({ status: 'open', openedBy: 'staff' });
      expect((await historyOf(house, ticket.number))[0]?.data).toMatchObject({ by: 'staff', status: 'open' });
    });

    it('has the level, the queue and the assignee that they name, whatever the rules say', async () => {
      const ticket = await ticketByAgent(house, {
        subject: 'All down',
        level: 'L4',
        assignee: bob.email,
        tags: ['Printer', 'printer '],
      });
      expect(ticket).toMatchObject({ level: 'L4', tags: ['printer'] });
      const history = await historyOf(house, ticket.number);
      expect(typesOf(history)).toEqual(['created', 'rule', 'assigned']);
      expect(history[1]?.data.why).toContain('staff named the level L4');
      expect(history[2]?.data).toEqual({ assignee: bob.email, from: null });
    });

    it('cannot be given to somebody who does not work here', async () => {
      await expect(ticketByAgent(house, { assignee: carl.email })).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  describe('when an agent replies', () => {
    it('opens the ticket, and it is theirs from then on', async () => {
      const { number } = await ticketByForm(house);
      const message = await reply(house, number);
      expect(await ticketNumbered(house, number)).toMatchObject({ status: 'open', lastActor: 'agent' });
      const history = await historyOf(house, number);
      expect(typesOf(history)).toEqual(['created', 'rule', 'agentReply', 'assigned', 'status']);
      expect(history[2]?.data).toEqual({ message });
      expect(history[3]?.data).toEqual({ assignee: ann.email, from: null });
      expect(history[4]?.data).toEqual({ status: 'open', from: 'new' });
    });

    it('leaves it with whoever has it already', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { agent: ann });
      await reply(house, number, { agent: bob });
      expect(typesOf(await historyOf(house, number)).filter((type) => type === 'assigned')).toHaveLength(1);
    });

    it('takes the status that goes with the reply, in one step', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'waiting' });
      const statuses = (await historyOf(house, number)).filter(({ type }) => type === 'status');
      expect(statuses.map(({ data }) => data)).toEqual([{ status: 'waiting', from: 'new' }]);
      await reply(house, number);
      expect((await ticketNumbered(house, number)).status).toBe('waiting');
    });

    it('resolves after a reply without the mark of having had none', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'resolved' });
      expect(await ticketNumbered(house, number)).toMatchObject({ status: 'resolved', resolvedWithoutReply: false });
    });

    it('sends the customer a letter that can be answered', async () => {
      const { number } = await ticketByForm(house, { subject: 'Lamp' });
      await reply(house, number, { text: 'Is it plugged in?' });
      const letter = (await lettersTo(house, carl)).at(-1);
      expect(letter).toMatchObject({
        subject: `Re: Lamp [#${number}]`,
        sender: { name: expect.stringContaining('Ann Agent') },
        recipients: [{ email: carl.email, name: carl.name }],
        cc: [],
      });
      expect(letter?.text).toContain('Is it plugged in?');
      expect(letter?.text).toMatch(/http:\/\/desk\.test\/t\/[a-z2-7]+/);
      expect(letter?.replyTo).toMatch(/^support\+[a-z2-7]{26,}@desk\.test$/);
      expect(letter?.headers).not.toHaveProperty('Auto-Submitted');
    });

    it('makes an agent’s HTML harmless before it leaves', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { words: { text: 'Hi', html: '<p onclick="x()">Hi<script>x()</script></p>' } });
      const html = (await lettersTo(house, carl)).at(-1)?.html;
      expect(html).toContain('<p>Hi</p>');
      expect(html).not.toMatch(/script|onclick/);
    });

    it('wants words', async () => {
      const { number } = await ticketByForm(house);
      await expect(reply(house, number, { text: '  \n' })).rejects.toMatchObject({ kind: 'invalid' });
      expect(await messagesOf(house, number)).toHaveLength(1);
    });

    it('counts from the moment given, which may lie before the present', async () => {
      const { number } = await ticketByForm(house);
      const at = new Date(house.now.read().getTime() + 1);
      await house.passTime('10m');
      await reply(house, number, { at });
      const said = (await historyOf(house, number)).find(({ type }) => type === 'agentReply');
      expect(said?.at).toEqual(at);
    });
  });

  it('logs a call as an answer, and sends no letter', async () => {
    const { number } = await ticketByForm(house);
    const before = (await lettersTo(house, carl)).length;
    await does(house, ann, (tx, deed) =>
      house.get(Conversation).call(tx, number, { ...deed, words: { text: 'He turned it on.' } }),
    );
    expect(await ticketNumbered(house, number)).toMatchObject({ status: 'open', lastActor: 'agent' });
    expect(typesOf(await historyOf(house, number))).toEqual(['created', 'rule', 'call', 'assigned', 'status']);
    expect(await lettersTo(house, carl)).toHaveLength(before);
  });

  it('keeps notes among staff: no status, no letter, no new owner', async () => {
    const { number } = await ticketByForm(house);
    const before = (await lettersTo(house, carl)).length;
    await does(house, ann, (tx, deed) =>
      house.get(Conversation).note(tx, number, { ...deed, words: { text: 'He always calls on Mondays.' } }),
    );
    expect(await ticketNumbered(house, number)).toMatchObject({
      status: 'new',
      assigneeId: null,
      lastActor: 'customer',
    });
    expect(typesOf(await historyOf(house, number))).toEqual(['created', 'rule', 'note']);
    expect(await lettersTo(house, carl)).toHaveLength(before);
  });

  describe('when the customer writes again', () => {
    it.each(['waiting', 'on-hold', 'resolved'] as const)('opens a ticket that is %s', async (status) => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: status });
      await house.passTime('1m');
      await customerSays(house, number);
      expect((await ticketNumbered(house, number)).status).toBe('open');
      expect((await historyOf(house, number)).slice(-2).map(({ type, data }) => ({ type, data }))).toEqual([
        { type: 'customerMessage', data: { message: expect.any(String) } },
        { type: 'status', data: { status: 'open', from: status } },
      ]);
    });

    it('leaves a new ticket new', async () => {
      const { number } = await ticketByForm(house);
      await customerSays(house, number);
      expect((await ticketNumbered(house, number)).status).toBe('new');
    });

    it('finds a closed ticket open again within the queue’s window, and a new one after it', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'closed' });
      await house.passTime('13d');
      expect((await customerSays(house, number)).outcome).toBe('appended');
      expect((await ticketNumbered(house, number)).status).toBe('open');

      await reply(house, number, { setStatus: 'closed' });
      await house.passTime('14d');
      await house.passTime('1s');
      const { outcome, ticket } = await customerSays(house, number);
      expect(outcome).toBe('opened');
      expect(ticket).toMatchObject({ status: 'new', follows: number });
      expect((await ticketNumbered(house, number)).status).toBe('closed');
    });
  });

  describe('when it is resolved', () => {
    it('without any answer, bears the mark of it until it is opened again', async () => {
      const { number } = await ticketByForm(house);
      await does(house, ann, (tx, deed) => house.get(Resolution).resolve(tx, number, deed));
      expect(await ticketNumbered(house, number)).toMatchObject({ status: 'resolved', resolvedWithoutReply: true });
      expect((await historyOf(house, number)).at(-1)?.data).toEqual({
        status: 'resolved',
        from: 'new',
        withoutReply: true,
      });
      await does(house, ann, (tx, deed) => house.get(Resolution).reopen(tx, number, deed));
      expect(await ticketNumbered(house, number)).toMatchObject({
        status: 'open',
        resolvedWithoutReply: false,
        resolvedAt: null,
      });
    });

    it('twice is resolved once', async () => {
      const { number } = await ticketByForm(house);
      await does(house, ann, (tx, deed) => house.get(Resolution).resolve(tx, number, deed));
      await does(house, ann, (tx, deed) => house.get(Resolution).resolve(tx, number, deed));
      expect(typesOf(await historyOf(house, number)).filter((type) => type === 'status')).toHaveLength(1);
    });

    it('can be resolved and reopened by the customer, but not once it is closed', async () => {
      const { number, requesterId } = await ticketByForm(house);
      const byCarl = () => ({
        by: { kind: 'contact' as const, id: requesterId, name: carl.name, email: carl.email },
        at: house.now.read(),
      });
      await house.transaction((tx) => house.get(Resolution).resolve(tx, number, byCarl()));
      await house.transaction((tx) => house.get(Resolution).reopen(tx, number, byCarl()));
      expect((await ticketNumbered(house, number)).status).toBe('open');
      await reply(house, number, { setStatus: 'closed' });
      await expect(house.transaction((tx) => house.get(Resolution).reopen(tx, number, byCarl()))).rejects.toMatchObject(
        { kind: 'conflict' },
      );
    });

    it('is closed after seven days, not a moment sooner', async () => {
      const { number } = await ticketByForm(house);
      await reply(house, number, { setStatus: 'resolved' });
      const resolvedAt = (await ticketNumbered(house, number)).resolvedAt as Date;
      await house.passTimeUntil(new Date(resolvedAt.getTime() + 7 * 86_400_000 - 2_000));
      expect((await ticketNumbered(house, number)).status).toBe('resolved');
      await house.passTime('3s');
      expect(await ticketNumbered(house, number)).toMatchObject({ status: 'closed', closedAt: expect.any(Date) });
      expect((await historyOf(house, number)).at(-1)).toMatchObject({
        by: { kind: 'system' },
        data: { status: 'closed', from: 'resolved' },
      });
    });
  });

  it('waits, is held and goes on, each as a line of its history', async () => {
    const { number } = await ticketByForm(house);
    const waiting = house.get(Waiting);
    await does(house, ann, (tx, deed) => waiting.waitForCustomer(tx, number, deed));
    await does(house, ann, (tx, deed) => waiting.hold(tx, number, deed));
    await does(house, mia, (tx, deed) => waiting.goOn(tx, number, deed));
    expect((await historyOf(house, number)).slice(2).map(({ data }) => data)).toEqual([
      { status: 'waiting', from: 'new' },
      { status: 'on-hold', from: 'waiting' },
      { status: 'open', from: 'on-hold' },
    ]);
  });

  it('writes nothing of a step that fails', async () => {
    const { number } = await ticketByForm(house);
    const deed = await doing(house, ann);
    const failing = house.transaction(async (tx) => {
      await house.get(Conversation).agentReplies(tx, number, { ...deed, words: { text: 'Half a step' } });
      throw new Error('the power went off');
    });
    await expect(failing).rejects.toThrow('the power went off');
    expect(await messagesOf(house, number)).toHaveLength(1);
    expect(await ticketNumbered(house, number)).toMatchObject({ status: 'new', version: 1 });
  });

  it('keeps the version of each change, and loses none of those that happen at once', async () => {
    const { number } = await ticketByForm(house);
    await Promise.all([1, 2, 3, 4].map((count) => reply(house, number, { text: `Answer ${count}` })));
    expect((await ticketNumbered(house, number)).version).toBe(5);
    expect(typesOf(await historyOf(house, number)).filter((type) => type === 'assigned')).toHaveLength(1);
  });
});
