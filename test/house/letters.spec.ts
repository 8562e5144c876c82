import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Templates } from '../../src/platform/rendering/templates.js';

const dueAt = new Date('2026-06-02T10:00:00Z');
const at = { timezone: 'Europe/Berlin', deskName: 'Test desk' };
const ticket = {
  number: 1042,
  subject: 'The <b>tills</b> are down',
  level: 'L1',
  levelTitle: 'Service down',
  requester: 'Carl Customer',
  organisation: 'Harbour Hotels',
  assignee: 'Ann Agent',
  url: 'http://desk.test/tickets/1042',
};
const person = { ...at, name: 'Ann <b>tills</b>', email: 'ann@desk.test' };
const briefing = { ...at, ticket, promise: 'First response', dueAt, responder: 'Night phone' };

/** Each letter that the desk writes, with what it may be given; a second sample is for what may be missing. */
const LETTERS: Record<string, object[]> = {
  'agent-reply': [
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      text: 'Turn it <off>.',
      html: '<p>Turn it off.</p>',
      author: 'Ann Agent',
      link: 'http://desk.test/t/abc',
    },
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      text: 'Turn it <off>.',
      html: '<p>Turn it off.</p>',
      author: 'Ann Agent',
      link: null,
    },
  ],
  'ticket-received': [
    { ...at, number: 1042, firstReplyBy: dueAt, resolvedBy: dueAt, link: 'http://desk.test/t/abc' },
    { ...at, number: 1042, firstReplyBy: null, resolvedBy: null, link: 'http://desk.test/t/abc' },
  ],
  'clock-warned': [
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      percent: 75,
      promise: 'the first response',
      level: 'L1',
      dueAt,
      link: ticket.url,
    },
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      percent: 75,
      promise: 'the first response',
      level: 'L1',
      dueAt: null,
      link: ticket.url,
    },
  ],
  invitation: [{ ...person, invitedBy: 'Adam Admin', expiresAt: dueAt, link: 'http://desk.test/password-links/abc' }],
  'forgotten-password': [{ ...person, expiresAt: dueAt, link: 'http://desk.test/password-links/abc' }],
  'password-changed': [{ ...person, at: dueAt, link: 'http://desk.test/forgotten-password' }],
  'incident-opened': [
    { ...briefing, repetition: 0, acknowledgeUrl: 'http://desk.test/acknowledgements/abc' },
    { ...briefing, ticket: { ...ticket, assignee: null, organisation: null }, repetition: 2, acknowledgeUrl: null },
  ],
  'incident-acknowledged': [
    { ...briefing, acknowledgedBy: 'Ann Agent', outcome: 'Acknowledged.' },
    { ...briefing, acknowledgedBy: null, outcome: 'Acknowledged.' },
  ],
  'incident-offered': [
    { ...briefing, acknowledgedBy: 'Ann Agent', acknowledgeUrl: 'http://desk.test/acknowledgements/abc' },
    { ...briefing, acknowledgedBy: null, acknowledgeUrl: 'http://desk.test/acknowledgements/abc' },
  ],
  'incidents-open': [
    {
      ...{ ...at, responder: 'Night phone', count: 27, more: 26, byReply: true },
      incidents: [briefing],
      acknowledgeUrl: 'http://desk.test/acknowledgements/abc',
    },
    { ...at, responder: 'Night phone', count: 1, more: 0, byReply: false, incidents: [briefing], acknowledgeUrl: null },
  ],
  'method-verification': [
    { ...at, responder: 'Night phone', verification: { code: '012345', url: 'http://desk.test/verifications/abc' } },
  ],
  'notification-test': [{ ...at, responder: 'Night phone' }],
  'incident-closed': [{ ...briefing, acknowledgedBy: null, outcome: 'The promise was kept, late.' }],
};

const folder = path.resolve(__dirname, '../../views/mail');
const written = [
  ...new Set(readdirSync(folder).flatMap((file) => /^([\w-]+)\.(?:subject|text|html)\.hbs$/.exec(file)?.[1] ?? [])),
];

describe('the letters', () => {
  const templates = new Templates();
  const samples = Object.entries(LETTERS).flatMap(([letter, given]) =>
    given.map((data, index) => [`${letter} ${index + 1}`, letter, data] as const),
  );

  it('are all known here', () => {
    expect(written.sort()).toEqual(Object.keys(LETTERS).sort());
  });

  it.each(samples)('%s can be read in all three parts', (_, letter, data) => {
    const subject = templates.render(`mail/${letter}.subject`, data);
    const text = templates.render(`mail/${letter}.text`, data);
    const html = templates.render(`mail/${letter}.html`, data);

    expect(subject.trim()).toMatch(/^\S[^\r\n]*$/);
    for (const part of [subject, text, html]) {
      expect(part).not.toMatch(/undefined|\[object|NaN|Invalid Date|\{\{|>null<|\bnull\b/);
    }
    // Subject and text are read as they are; only HTML needs its signs written otherwise.
    for (const plain of [subject, text]) expect(plain).not.toMatch(/&(?:amp|lt|gt|quot|#)/);
    expect(text).not.toMatch(/\n{4,}/);
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).not.toContain('<b>tills</b>');
    expect(html).not.toMatch(/<script|<link\b|<img[^>]+src="http/i);
    // Whoever reads the text finds the same ways as whoever reads the HTML.
    const links = [...html.matchAll(/href="(http[^"]+)"/g)].map(([, href]) => href);
    for (const link of new Set(links)) expect(text).toContain(link);
  });
});
