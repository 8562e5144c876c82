import type { StoredEvent } from './happenings.js';
import { quotedIn, threadOf, type StoredMessage } from './thread.js';

const at = (minute: number): Date => new Date(Date.UTC(2026, 5, 1, 10, minute));
const ann = { kind: 'user', id: 'u1', name: 'Ann', email: 'ann@desk.test' } as const;

function message(id: string, minute: number): StoredMessage {
  return {
    ...{ id, kind: 'customer', at: at(minute), text: id, newText: id, hasHtml: false, unverified: false },
    ...{ author: 'Carl', email: null, others: [], pictures: false, delivery: null, authentication: null, files: [] },
  };
}

const wrote = (id: string, minute: number): StoredEvent => ({
  type: 'customerMessage',
  at: at(minute),
  by: ann,
  data: { message: id },
});
const queue = (to: string, minute: number): StoredEvent => ({
  type: 'queue',
  at: at(minute),
  by: ann,
  data: { queue: to, from: 'A' },
});

/** The thread in short: messages by id, folds by how many events they hold. */
function outline(messages: StoredMessage[], events: StoredEvent[]): (string | number)[] {
  return threadOf(messages, events).map((item) =>
    item.message === null ? item.happenings.length : (item.message as { id: string }).id,
  );
}

describe('the thread of a ticket', () => {
  it('folds what happened between two messages into one line', () => {
    const events = [wrote('a', 0), queue('B', 1), queue('C', 2), wrote('b', 3)];
    expect(outline([message('a', 0), message('b', 3)], events)).toEqual(['a', 2, 'b']);
  });

  it('keeps the order of the history where instants are the same', () => {
    const events = [wrote('a', 0), queue('B', 0), wrote('b', 0), queue('C', 0)];
    expect(outline([message('a', 0), message('b', 0)], events)).toEqual(['a', 1, 'b', 1]);
  });

  it('puts messages of another ticket where their time puts them, and loses none', () => {
    const messages = [message('a', 0), message('x', 1), message('b', 2), message('y', 3)];
    expect(outline(messages, [wrote('a', 0), queue('B', 2), wrote('b', 2)])).toEqual(['a', 'x', 1, 'b', 'y']);
  });

  it('shows a message whose event is of another ticket no second time', () => {
    expect(outline([], [wrote('gone', 0), queue('B', 1)])).toEqual([1]);
  });
});

describe('quoted history', () => {
  it('is not what differs by empty lines alone, as around a picture', () => {
    expect(quotedIn({ text: 'I see:\n\n\n\nThat is all.', newText: 'I see:\n\nThat is all.' })).toBeNull();
  });

  it('is what stands around the new words', () => {
    expect(quotedIn({ text: 'Yes.\n\nOn Monday you wrote:\n> Well?', newText: 'Yes.' })).toBe(
      'On Monday you wrote:\n> Well?',
    );
    expect(quotedIn({ text: '> Well?\nYes.', newText: 'Yes.' })).toBe('> Well?\nYes.');
  });

  it('is nothing where all words are new', () => {
    expect(quotedIn({ text: ' Yes.\n', newText: 'Yes.' })).toBeNull();
    expect(quotedIn({ text: 'Yes.', newText: '' })).toBeNull();
  });
});
