import { Organisations } from '../../src/customers/organisations.js';
import { Directory } from '../../src/customers/directory.js';
import { MailIntake } from '../../src/mail/mail-intake.js';
import { MailLog, type LoggedMail } from '../../src/mail/mail-log.js';
import { Outbox, type OutgoingLetterInFull } from '../../src/mail/outbox.js';
import type { Transaction } from '../../src/platform/database/transaction.js';
import { Calendars } from '../../src/support-hours/calendars.js';
import type { Deed } from '../../src/tickets/actor.js';
import { Conversation, type StaffMessage } from '../../src/tickets/conversation.js';
import { Levels } from '../../src/tickets/levels.js';
import type { NewTicket } from '../../src/tickets/opening.js';
import { Queues } from '../../src/tickets/queues.js';
import { RequestIntake, type FormRequest } from '../../src/tickets/request-intake.js';
import { Rules } from '../../src/tickets/rules.js';
import type { Ticket } from '../../src/tickets/ticket.entity.js';
import { TicketStore } from '../../src/tickets/ticket.store.js';
import type { House } from './house.js';
import { writeMail, type MailToWrite } from './mails.js';
import { acting, ann, carl, hire, type Person } from './people.js';

const story = { name: 'the story' };

/** A desk that can work: its people, four levels, one queue, office hours, a rule for outages and one for everything else. */
export async function furnish(house: House): Promise<void> {
  await hire(house);
  await house.transaction(async (tx) => {
    const workday = [['09:00', '17:00']] as [string, string][];
    await house.get(Calendars).save(
      tx,
      {
        name: 'Office hours',
        timezone: 'Europe/Berlin',
        week: { mon: workday, tue: workday, wed: workday, thu: workday, fri: workday },
      },
      story,
    );
    await house
      .get(Levels)
      .save(
        tx,
        { name: 'L1', title: 'Service down', targets: { firstResponse: 60, resolution: 240 }, calendar: '24x7' },
        story,
      );
    await house
      .get(Levels)
      .save(tx, { name: 'L2', title: 'Badly hindered', targets: { firstResponse: 240, resolution: 480 } }, story);
    await house
      .get(Levels)
      .save(
        tx,
        { name: 'L3', title: 'Hindered', targets: { firstResponse: 480, resolution: { workingDays: 3 } } },
        story,
      );
    await house
      .get(Levels)
      .save(
        tx,
        { name: 'L4', title: 'Question', targets: { firstResponse: 1440, resolution: { workingDays: 10 } } },
        story,
      );
    await house.get(Queues).save(tx, { name: 'Support' }, story);
    await house
      .get(Organisations)
      .save(tx, { name: 'Harbour Hotels', tier: 'gold', domains: ['harbour.example'] }, story);
    await house.get(Rules).saveAll(
      tx,
      [
        { name: 'Outage words', when: { anyWords: ['outage', 'down'] }, then: { level: 'L1', queue: 'Support' } },
        { name: 'Everything else', then: { level: 'L3', queue: 'Support' } },
      ],
      story,
    );
  });
}

/** Delivers a mail as the SMTP intake would, lets it be read, and answers what became of it. */
export async function sendMail(
  house: House,
  mail: Partial<MailToWrite> & { readonly raw?: Buffer; readonly envelopeTo?: string } = {},
): Promise<LoggedMail> {
  const { raw, envelopeTo, ...written } = mail;
  const from = written.from ?? carl.from;
  const to = envelopeTo ?? /<([^>]+)>/.exec(written.to ?? '')?.[1] ?? written.to ?? 'support@desk.test';
  const { id } = await house.get(MailIntake).accept({
    raw:
      raw ??
      writeMail({
        subject: 'The printer does not print',
        text: 'It makes a noise and nothing comes out.',
        ...written,
        from,
      }),
    channel: 'smtp',
    envelopeFrom: /<([^>]+)>/.exec(from)?.[1] ?? from,
    envelopeTo: [to],
    receivedAt: house.now.read(),
  });
  await house.settle();
  const filed = await house.get(MailLog).find(id);
  if (!filed) throw new Error('The mail that was accepted is not in the log.');
  return filed;
}

/** A ticket that a customer opened by mail. */
export async function ticketByMail(house: House, mail: Partial<MailToWrite> = {}): Promise<Ticket> {
  const filed = await sendMail(house, mail);
  if (filed.ticket === null) throw new Error(`The mail opened no ticket: ${filed.outcome}, ${filed.reason ?? ''}`);
  return ticketNumbered(house, filed.ticket);
}

/** A ticket from the public form. */
export async function ticketByForm(house: House, request: Partial<FormRequest> = {}): Promise<Ticket> {
  return house.transaction(async (tx) =>
    house.get(RequestIntake).submit(tx, {
      email: carl.email,
      name: carl.name,
      subject: 'The printer does not print',
      body: 'It makes a noise and nothing comes out.',
      ...request,
    }),
  );
}

/** A ticket that an agent opens for a customer. */
export async function ticketByAgent(
  house: House,
  {
    agent = ann,
    requester = carl,
    ...request
  }: Partial<Omit<NewTicket, 'requester' | 'by'>> & { agent?: Person; requester?: Person } = {},
): Promise<Ticket> {
  const by = await acting(house, agent);
  const { ticket } = await house.transaction(async (tx) =>
    house.get(Conversation).open(tx, {
      channel: 'agent',
      at: house.now.read(),
      by,
      requester: await house.get(Directory).findOrAdd(tx, requester, house.now.read()),
      subject: 'Called about the printer',
      words: { text: 'The printer makes a noise.' },
      ...request,
    }),
  );
  return ticket;
}

/** An agent replies; answers the message's id. */
export async function reply(
  house: House,
  ticket: number,
  {
    agent = ann,
    text = 'Please turn it off and on again.',
    ...message
  }: Partial<StaffMessage> & { agent?: Person; text?: string } = {},
): Promise<string> {
  const deed = await doing(house, agent);
  return house.transaction(async (tx) =>
    house.get(Conversation).agentReplies(tx, ticket, { words: { text }, ...deed, ...message }),
  );
}

/** The customer says something on their thread's page. */
export async function customerSays(
  house: House,
  ticket: number,
  text = 'It still makes a noise.',
  customer = carl,
): Promise<{ outcome: string; ticket: Ticket }> {
  return house.transaction(async (tx) =>
    house.get(Conversation).customerWrites(tx, ticket, {
      from: await house.get(Directory).findOrAdd(tx, customer, house.now.read()),
      at: house.now.read(),
      channel: 'form',
      words: { text },
    }),
  );
}

/** One step by somebody, now. */
export async function does(
  house: House,
  who: Person,
  step: (tx: Transaction, deed: Deed) => Promise<unknown>,
): Promise<void> {
  const deed = await doing(house, who);
  await house.transaction(async (tx) => step(tx, deed));
}

export async function doing(house: House, who: Person): Promise<Deed> {
  return { by: await acting(house, who), at: house.now.read() };
}

export async function ticketNumbered(house: House, number: number): Promise<Ticket> {
  const ticket = await house.transaction(async (tx) => house.get(TicketStore).find(tx, number));
  if (!ticket) throw new Error(`There is no ticket #${number}.`);
  return ticket;
}

/** What happened to a ticket, in the order in which it counts; without what the clocks note about themselves. */
export async function historyOf(
  house: House,
  ticket: number,
): Promise<{ type: string; by: { name: string }; data: Record<string, unknown>; at: Date }[]> {
  return house.query(
    `select type, by, data, at from ticket_event
     where ticket_number = $1 and type not in ('policy', 'calendar') order by at, id`,
    [ticket],
  );
}

export async function messagesOf(
  house: House,
  ticket: number,
): Promise<{ id: string; kind: string; text: string; author: string }[]> {
  return house.query(
    `select message.id, kind, text, coalesce(app_user.name, contact.name, author_name) as author
     from message left join app_user on app_user.id = author_user_id left join contact on contact.id = author_contact_id
     where ticket_number = $1 order by message.created_at, message.position`,
    [ticket],
  );
}

/** All letters to somebody, the newest last. */
export async function lettersTo(house: House, who: Person): Promise<OutgoingLetterInFull[]> {
  const { items } = await house.get(Outbox).list({ limit: 200 });
  const letters = await Promise.all(items.map(({ id }) => house.get(Outbox).find(id)));
  return letters
    .filter((letter) => letter !== null)
    .filter(({ copyFor, recipients, cc }) =>
      copyFor === null ? [...recipients, ...cc].some(({ email }) => email === who.email) : copyFor === who.email,
    )
    .reverse();
}

/** The customer answers a letter as their mail program does: to its Reply-To, with its Message-ID. */
export async function answer(
  house: House,
  letter: OutgoingLetterInFull,
  mail: Partial<MailToWrite> = {},
): Promise<LoggedMail> {
  return sendMail(house, {
    to: letter.replyTo ?? letter.sender.email,
    subject: `Re: ${letter.subject.replace(/^Re: /, '')}`,
    text: 'It still makes a noise.',
    ...mail,
    headers: { 'In-Reply-To': letter.messageId, References: letter.messageId, ...mail.headers },
  });
}
