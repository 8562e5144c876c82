import fc from 'fast-check';
import { choosableStatuses, isLive, statusAfter, statuses, type StatusCause, type TicketStatus } from './status.js';

const anyStatus = fc.constantFrom(...statuses);
const anyChoice = fc.constantFrom(...choosableStatuses);
const anyCause: fc.Arbitrary<StatusCause> = fc.oneof(
  fc.constantFrom<StatusCause>(
    { cause: 'customer-writes' },
    { cause: 'answered' },
    { cause: 'customer-resolves' },
    { cause: 'customer-reopens' },
    { cause: 'auto-close' },
  ),
  anyChoice.map((status): StatusCause => ({ cause: 'chosen', status })),
  fc
    .constantFrom<TicketStatus>('new', 'open', 'waiting', 'on-hold', 'resolved', 'closed')
    .map((before): StatusCause => ({ cause: 'not-spam', before })),
);

const after = (status: TicketStatus, what: StatusCause): TicketStatus | 'refused' => {
  const outcome = statusAfter(status, what);
  return 'refused' in outcome ? 'refused' : (outcome.steps.at(-1) ?? status);
};

describe('what happens to a status', () => {
  it.each<[StatusCause['cause'], StatusCause, Record<TicketStatus, TicketStatus | 'refused'>]>([
    [
      'customer-writes',
      { cause: 'customer-writes' },
      { new: 'new', open: 'open', waiting: 'open', 'on-hold': 'open', resolved: 'open', closed: 'open', spam: 'spam' },
    ],
    [
      'answered',
      { cause: 'answered' },
      {
        new: 'open',
        open: 'open',
        waiting: 'waiting',
        'on-hold': 'on-hold',
        resolved: 'resolved',
        closed: 'closed',
        spam: 'refused',
      },
    ],
    [
      'customer-resolves',
      { cause: 'customer-resolves' },
      {
        new: 'resolved',
        open: 'resolved',
        waiting: 'resolved',
        'on-hold': 'resolved',
        resolved: 'resolved',
        closed: 'closed',
        spam: 'spam',
      },
    ],
    [
      'customer-reopens',
      { cause: 'customer-reopens' },
      {
        new: 'new',
        open: 'open',
        waiting: 'waiting',
        'on-hold': 'on-hold',
        resolved: 'open',
        closed: 'refused',
        spam: 'spam',
      },
    ],
    [
      'auto-close',
      { cause: 'auto-close' },
      {
        new: 'new',
        open: 'open',
        waiting: 'waiting',
        'on-hold': 'on-hold',
        resolved: 'closed',
        closed: 'closed',
        spam: 'spam',
      },
    ],
  ])('%s', (_, cause, expected) => {
    for (const status of statuses) expect([status, after(status, cause)]).toEqual([status, expected[status]]);
  });

  it('a person’s choice holds, except that spam must be taken back first', () => {
    fc.assert(
      fc.property(anyStatus, anyChoice, (status, choice) => {
        const expected = status === 'spam' && choice !== 'spam' ? 'refused' : choice;
        expect(after(status, { cause: 'chosen', status: choice })).toBe(expected);
      }),
    );
  });

  it('no way leads over a closed ticket that was never resolved', () => {
    fc.assert(
      fc.property(anyStatus.filter(isLive), anyCause, (status, cause) => {
        const outcome = statusAfter(status, cause);
        if (!('steps' in outcome) || !outcome.steps.includes('closed')) return;
        expect(outcome.steps).toEqual(['resolved', 'closed']);
      }),
    );
  });

  it('nothing that happens makes a ticket new again, but taking back the mark of spam', () => {
    fc.assert(
      fc.property(anyStatus, anyCause, (status, cause) => {
        fc.pre(cause.cause !== 'not-spam' && status !== 'new');
        const outcome = statusAfter(status, cause);
        expect('steps' in outcome ? outcome.steps : []).not.toContain('new');
      }),
    );
  });

  it('each step is a change: none leads from a status to itself', () => {
    fc.assert(
      fc.property(anyStatus, anyCause, (status, cause) => {
        const outcome = statusAfter(status, cause);
        const way = 'steps' in outcome ? [status, ...outcome.steps] : [status];
        way.slice(1).forEach((step, index) => {
          expect(step).not.toBe(way[index]);
        });
      }),
    );
  });

  it('spam goes back to what it was, and only spam', () => {
    fc.assert(
      fc.property(anyStatus, fc.constantFrom<TicketStatus>('new', 'open', 'resolved'), (status, before) => {
        expect(after(status, { cause: 'not-spam', before })).toBe(status === 'spam' ? before : 'refused');
      }),
    );
  });

  it('a customer’s second mail changes nothing that the first has not', () => {
    fc.assert(
      fc.property(anyStatus, (status) => {
        const once = after(status, { cause: 'customer-writes' });
        expect(after(once as TicketStatus, { cause: 'customer-writes' })).toBe(once);
      }),
    );
  });
});
