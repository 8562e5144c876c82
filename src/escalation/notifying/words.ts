import { fullTime } from '../../platform/rendering/times.js';
import type { Briefing } from './briefings.js';
import type { Order } from './channel.js';

/** What a notification says, for channels that show a few words and a button. */
export interface Words {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** In the order of their use. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** Somebody must wake up. */
  readonly urgent: boolean;
}

const LONGEST_SUBJECT = 120;

export function wordsOf(order: Order): Words {
  const { briefing, kind, verification, responder, deskName } = order;
  if (verification !== null) {
    return {
      title: `${deskName}: is this you, ${responder}? Your code is ${verification.code}.`,
      facts: [['Confirm', 'Open the link, or enter the code where it was asked for.']],
      links: [{ label: 'Confirm', url: verification.url }],
      urgent: false,
    };
  }
  if (briefing === null) {
    return {
      title: `${deskName}: a test for ${responder}. Nothing is wrong.`,
      facts: [['Why', 'Somebody pressed the test button.']],
      links: [],
      urgent: false,
    };
  }
  if (order.bundle.length > 1) return wordsOfBundle(order, order.bundle.length + order.more);

  const ticket = `#${briefing.ticket.number} ${cut(briefing.ticket.subject)}`;
  switch (kind) {
    case 'acknowledged':
      return calm(`${briefing.acknowledgedBy ?? 'Somebody'} is on it: ${ticket}`, briefing);
    case 'closed':
      return calm(`Over: ${ticket}. ${briefing.outcome}`, briefing);
    case 'offered':
      return {
        title: `${briefing.acknowledgedBy ?? 'A colleague'} asks you to take over ${ticket}`,
        facts: factsOf(briefing),
        links: linksOf(order, 'Look at it and decide'),
        urgent: false,
      };
    case 'answered':
      return calm(answerOf(briefing, ticket), briefing);
    default:
      return {
        title: `${order.repetition > 0 ? 'Reminder: ' : ''}${headline(briefing)}`,
        facts: factsOf(briefing),
        links: linksOf(order, 'I am on it'),
        urgent: true,
      };
  }
}

/** All of it as lines of plain text. */
export function asText({ title, facts, links }: Words): string {
  return [title, ...facts.map(([label, value]) => `${label}: ${value}`), ...links.map(({ url }) => url)].join('\n');
}

/** `First response overdue: #1042 The shop is down [L1]` */
export function headline({ promise, isEmergency, isHeartbeat, ticket }: Briefing): string {
  return `${promise}${isEmergency || isHeartbeat ? '' : ' overdue'}: #${ticket.number} ${cut(ticket.subject)} [${ticket.level}]`;
}

function wordsOfBundle(order: Order, count: number): Words {
  const listed = order.bundle.map(({ ticket, promise }): [string, string] => [
    `#${ticket.number}`,
    `${cut(ticket.subject)} [${ticket.level}], ${promise}`,
  ]);
  return {
    title: `${count} incidents wait for somebody`,
    facts: order.more > 0 ? [...listed, ['And', `${order.more} more`]] : listed,
    links: linksOf(order, 'See them all, and take them'),
    urgent: true,
  };
}

function answerOf({ offer }: Briefing, ticket: string): string {
  const colleague = offer?.to ?? 'Your colleague';
  switch (offer?.answer) {
    case 'accepted':
      return `${colleague} has taken over ${ticket}`;
    case 'declined':
      return `${colleague} cannot take over ${ticket}. It is still yours.`;
    default:
      return `${colleague} has not answered: ${ticket} is still yours.`;
  }
}

function calm(title: string, { ticket }: Briefing): Words {
  return { title, facts: [], links: [{ label: 'Open the ticket', url: ticket.url }], urgent: false };
}

function factsOf(briefing: Briefing): [string, string][] {
  const { ticket, dueAt, timezone, isEmergency, isHeartbeat } = briefing;
  return [
    ['Level', `${ticket.level} ${ticket.levelTitle}`],
    [isEmergency || isHeartbeat ? 'Since' : 'Due', fullTime(new Date(dueAt), timezone)],
    ['Customer', ticket.organisation === null ? ticket.requester : `${ticket.requester}, ${ticket.organisation}`],
    ['Assigned', ticket.assignee ?? 'nobody'],
  ];
}

function linksOf({ acknowledgeUrl, briefing }: Order, label: string): { label: string; url: string }[] {
  const links = acknowledgeUrl === null ? [] : [{ label, url: acknowledgeUrl }];
  return briefing === null ? links : [...links, { label: 'Open the ticket', url: briefing.ticket.url }];
}

function cut(text: string): string {
  return text.length <= LONGEST_SUBJECT ? text : `${text.slice(0, LONGEST_SUBJECT - 1)}…`;
}
