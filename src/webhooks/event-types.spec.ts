import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AgentReplied, TicketOpened } from '../tickets/ticket-events.js';
import { EVENT_TYPES, SUBSCRIPTIONS, typeOfFact, wants } from './event-types.js';

const at = new Date('2026-06-01T10:00:00.000Z');

describe('what a webhook hears', () => {
  it('is everything where nothing is asked for', () => {
    expect(EVENT_TYPES.every((type) => wants(null, type))).toBe(true);
  });

  it('is what it asks for by type or by kind, and nothing else', () => {
    const heard = EVENT_TYPES.filter((type) => wants(['incident.*', 'clock.breached'], type));
    expect(heard).toEqual(['clock.breached', 'incident.opened', 'incident.acknowledged', 'incident.closed']);
    expect(wants([], 'ticket.opened')).toBe(false);
  });

  it('has types as the Standard Webhooks want them', () => {
    const odd = SUBSCRIPTIONS.filter((type) => !/^[a-zA-Z0-9_]+\.([a-zA-Z0-9_]+|\*)$/.test(type));
    expect(odd).toEqual([]);
  });

  it('is written in the desk file’s schema, and in the page about it', () => {
    const read = (file: string): string => readFileSync(path.resolve(__dirname, '../..', file), 'utf8');
    const schema = JSON.parse(read('src/desk-file/desk-file.schema.json')) as {
      $defs: { webhook: { properties: { events: { items: { enum: string[] } } } } };
    };
    expect(schema.$defs.webhook.properties.events.items.enum).toEqual(SUBSCRIPTIONS);
    expect(EVENT_TYPES.filter((type) => !read('docs/webhooks.md').includes(`\`${type}\``))).toEqual([]);
  });

  it('names each fact by its own type', () => {
    expect(typeOfFact(new TicketOpened(1, '1', at))).toBe('ticket.opened');
    expect(typeOfFact(new AgentReplied(1, '1', at))).toBe('ticket.agentReplied');
    expect(typeOfFact({})).toBeNull();
  });
});
