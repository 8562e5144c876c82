/** What each letter may hold, for its preview and its tests: people who are nowhere, and words that would show if a sign went unescaped. */
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
export const LETTER_SAMPLES: Readonly<Record<string, readonly object[]>> = {
  'agent-reply': [
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      text: 'Turn it <off>.',
      html: '<p>Turn it off.</p>',
      author: 'Ann Agent',
      link: 'http://desk.test/t/abc',
      signature: 'Ann Agent\nHarbour & Sons <b>tills</b>',
      unsubscribeUrl: 'http://desk.test/unsubscriptions/abc',
    },
    {
      ...at,
      number: 1042,
      subject: ticket.subject,
      text: 'Turn it <off>.',
      html: null,
      author: 'Ann Agent',
      link: 'http://desk.test/t/abc',
      signature: null,
      unsubscribeUrl: null,
    },
  ],
  'ticket-received': [
    {
      ...at,
      number: 1042,
      firstReplyBy: dueAt,
      resolvedBy: dueAt,
      link: 'http://desk.test/t/abc',
      wording: { subject: null, text: null },
    },
    {
      ...at,
      number: 1042,
      firstReplyBy: null,
      resolvedBy: null,
      link: 'http://desk.test/t/abc',
      wording: { subject: 'We have it <b>', text: 'Ahoy,\nit is <b>number</b> 1042.' },
    },
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
  'incident-answered': [
    { ...briefing, offer: { to: 'Ben <b>tills</b>', answer: 'declined' } },
    { ...briefing, offer: { to: 'Ben Agent', answer: 'accepted' } },
    { ...briefing, offer: { to: 'Ben Agent', answer: 'unanswered' } },
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

interface LetterName {
  readonly title: string;
  readonly text: string;
  readonly to: 'customers' | 'staff';
}

/** What each is called, and when it is written. */
export const LETTER_NAMES: Readonly<Record<string, LetterName>> = {
  'ticket-received': { title: 'Receipt', text: 'When a request has arrived.', to: 'customers' },
  'agent-reply': { title: 'Reply', text: 'What an agent writes to a customer.', to: 'customers' },
  'clock-warned': { title: 'Warning', text: 'When a promise is about to be broken.', to: 'staff' },
  'incident-opened': { title: 'Alarm', text: 'When a promise is broken.', to: 'staff' },
  'incidents-open': { title: 'Alarm for several', text: 'When several are broken at once.', to: 'staff' },
  'incident-acknowledged': { title: 'Somebody is on it', text: 'To those who were called as well.', to: 'staff' },
  'incident-offered': { title: 'Handing over', text: 'When a colleague asks somebody to take over.', to: 'staff' },
  'incident-answered': {
    title: 'Answer to handing over',
    text: 'To whoever asked a colleague to take over.',
    to: 'staff',
  },
  'incident-closed': { title: 'Incident closed', text: 'To those who were called.', to: 'staff' },
  'method-verification': {
    title: 'Does this reach you?',
    text: 'When somebody is to be called at an address.',
    to: 'staff',
  },
  'notification-test': { title: 'Test', text: 'When somebody presses the test button.', to: 'staff' },
  invitation: { title: 'Invitation', text: 'When an account is made.', to: 'staff' },
  'forgotten-password': { title: 'Forgotten password', text: 'With the way to a new one.', to: 'staff' },
  'password-changed': { title: 'Password changed', text: 'So that nobody changes it unseen.', to: 'staff' },
};
