import { stringify } from 'yaml';
import type { HttpSink } from './http-sink.js';

/** Who is called by mail: all of them in a flood, the first two in a storm. */
export const CREW = Array.from({ length: 10 }, (_, index) => `Crew ${String(index + 1)}`);
export const mailOf = (name: string): string => `${name.toLowerCase().replace(' ', '.')}@chaos.test.example`;
/** What the desk may send in a minute from its mailbox, as far as it is not urgent. */
export const MAILS_PER_MINUTE = 120;

/** Which chain is taken follows from the level of the ticket. */
export const LEVEL = { flood: 'L1', storm: 'L2', relay: 'L3', race: 'L4' } as const;

/** The desk that is tormented. */
export function deskFile(pager: HttpSink): string {
  const webhook = (path: string, afterSeconds = 0): object => ({ kind: 'webhook', url: pager.url(path), afterSeconds });
  const chain = (name: string, steps: object[]): object => ({ name, steps, repeatEveryMinutes: 240 });
  const policy = (name: string, level: string): object => ({
    ...{ name, match: { level: [level] }, calendar: '24x7', chain: name },
    ...{ targets: { firstResponse: 600, resolution: 6000 }, warnAt: [] },
  });
  return stringify({
    mailboxes: [{ address: 'support@chaos.test', sendPerMinute: MAILS_PER_MINUTE }],
    responders: [
      { name: 'Emergency contact', emergency: true, methods: [webhook('/emergency')] },
      { name: 'Pager', methods: [webhook('/pager')] },
      ...CREW.map((name) => ({ name, email: mailOf(name), methods: [{ kind: 'email' }] })),
      {
        name: 'Letter first',
        email: mailOf('Letter first'),
        methods: [{ kind: 'email' }, webhook('/second-method', 600)],
      },
      { name: 'First', methods: [webhook('/first')] },
      { name: 'Second', email: mailOf('Second'), methods: [webhook('/second'), { kind: 'email' }] },
    ],
    chains: [
      chain('Storm', [{ afterMinutes: 0, notify: ['Pager', ...CREW.slice(0, 2)] }]),
      chain('Flood', [{ afterMinutes: 0, notify: ['Pager', ...CREW] }]),
      chain('Relay', [{ afterMinutes: 0, notify: ['Letter first'] }]),
      chain('Race', [
        { afterMinutes: 0, notify: ['First'] },
        { afterMinutes: 60, notify: ['Second'] },
      ]),
    ],
    policies: [
      policy('Flood', LEVEL.flood),
      policy('Storm', LEVEL.storm),
      policy('Relay', LEVEL.relay),
      policy('Race', LEVEL.race),
      { name: 'Default', targets: {}, warnAt: [] },
    ],
  });
}
