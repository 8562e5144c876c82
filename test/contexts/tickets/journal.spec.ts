import { House } from '../../support/house.js';
import { ann } from '../../support/people.js';
import { customerSays, furnish, historyOf, reply, ticketByForm } from '../../support/tickets.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import {
  AgentReplied,
  CustomerWrote,
  StatusChanged,
  TicketFact,
  TicketOpened,
} from '../../../src/tickets/ticket-events.js';
import { TicketJournal } from '../../../src/tickets/ticket-journal.js';
import { theDesk } from '../../../src/tickets/actor.js';

describe('the journal of a ticket', () => {
  let house: House;
  const heard: TicketFact[][] = [];
  beforeAll(async () => {
    house = await House.open();
    await furnish(house);
    house.get(EventBus).follow(TicketFact, (_, facts) => {
      heard.push(facts);
      return Promise.resolve();
    });
  });
  beforeEach(() => {
    heard.length = 0;
  });
  afterAll(async () => {
    await house.close();
  });

  it('tells of all that belongs together in one list, each with the event that says it', async () => {
    const { number } = await ticketByForm(house);
    expect(heard.flat().map((fact) => fact.constructor)).toEqual([TicketOpened]);
    heard.length = 0;

    await reply(house, number, { setStatus: 'waiting' });
    expect(heard).toHaveLength(1);
    expect(heard[0]?.map((fact) => fact.constructor.name)).toEqual([
      'AgentReplied',
      'AssigneeChanged',
      'StatusChanged',
    ]);
    const events = await house.query<{ id: string; at: Date }>(
      'select id, at from ticket_event where ticket_number = $1 order by id',
      [number],
    );
    expect(heard[0]?.map(({ event, ticket, at }) => ({ event, ticket, at }))).toEqual(
      events.slice(-3).map(({ id, at }) => ({ event: id, ticket: number, at })),
    );
    expect(heard[0]?.[0]).toBeInstanceOf(AgentReplied);
  });

  it('says first that the customer wrote and then that the ticket opened again', async () => {
    const { number } = await ticketByForm(house);
    await reply(house, number, { setStatus: 'resolved' });
    heard.length = 0;
    await customerSays(house, number);
    expect(heard[0]?.map((fact) => fact.constructor)).toEqual([CustomerWrote, StatusChanged]);
    expect(heard[0]?.[0]?.at).toEqual(heard[0]?.[1]?.at);
  });

  it('is undone with everything else if a follower refuses', async () => {
    const { number } = await ticketByForm(house);
    const before = (await historyOf(house, number)).length;
    let refuse = true;
    house
      .get(EventBus)
      .follow(AgentReplied, () => (refuse ? Promise.reject(new Error('no clocks today')) : Promise.resolve()));
    await expect(reply(house, number)).rejects.toThrow('no clocks today');
    refuse = false;
    expect(await historyOf(house, number)).toHaveLength(before);
    await reply(house, number, { agent: ann });
  });

  it('keeps what the clocks write about themselves to itself', async () => {
    const { number } = await ticketByForm(house);
    heard.length = 0;
    await house.transaction((tx) =>
      house.get(TicketJournal).record(tx, number, 'rule', {
        at: house.now.read(),
        by: theDesk,
        data: { rule: 'None', why: 'a test', set: {} },
      }),
    );
    expect(heard).toEqual([]);
    expect((await historyOf(house, number)).at(-1)?.type).toBe('rule');
  });
});
