import type { DeskFile } from './desk-file.js';
import type { DeskFileFault, Path } from './desk-file-problem.js';

/** What can be named: what the desk has already and what the file adds to it. */
export interface Known {
  readonly calendars: ReadonlySet<string>;
  readonly responders: ReadonlySet<string>;
  /** Who or what a chain can notify. */
  readonly callables: ReadonlySet<string>;
  readonly chains: ReadonlySet<string>;
  readonly levels: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  readonly teams: ReadonlySet<string>;
  /** By address, in lower case, the desk's own among them. */
  readonly mailboxes: ReadonlySet<string>;
  /** By address, in lower case. */
  readonly staff: ReadonlySet<string>;
  /** The same, with those who cannot sign in. */
  readonly colleagues: ReadonlySet<string>;
}

/** Every name in the file that nothing bears. */
export function faultsOfReferences(file: DeskFile, known: Known): DeskFileFault[] {
  const unknown = (kind: keyof Known, path: Path, names: OneOrMore): DeskFileFault[] =>
    [names ?? []].flat().flatMap((name, index) => {
      if (known[kind].has(BY_ADDRESS.includes(kind) ? name.toLowerCase() : name)) return [];
      return [{ path: Array.isArray(names) ? [...path, index] : path, detail: `There is no ${ONE[kind]} “${name}”.` }];
    });

  return [
    ...unknown('calendars', ['desk', 'calendar'], file.desk?.calendar),
    ...(file.rotas ?? []).flatMap(({ members, overrides = [] }, i) => [
      ...unknown('responders', ['rotas', i, 'members'], members),
      ...overrides.flatMap(({ who }, j) => unknown('responders', ['rotas', i, 'overrides', j, 'who'], who)),
    ]),
    ...(file.chains ?? []).flatMap(({ steps }, i) =>
      steps.flatMap(({ notify }, j) => unknown('callables', ['chains', i, 'steps', j, 'notify'], notify)),
    ),
    ...(file.organisations ?? []).flatMap(({ calendar }, i) =>
      unknown('calendars', ['organisations', i, 'calendar'], calendar),
    ),
    ...(file.teams ?? []).flatMap(({ lead, members, calendar }, i) => [
      ...unknown('colleagues', ['teams', i, 'lead'], lead),
      ...unknown('colleagues', ['teams', i, 'members'], members),
      ...unknown('calendars', ['teams', i, 'calendar'], calendar),
    ]),
    ...(file.levels ?? []).flatMap(({ calendar }, i) => unknown('calendars', ['levels', i, 'calendar'], calendar)),
    ...(file.queues ?? []).flatMap(({ calendar, chain, team, sender }, i) => [
      ...unknown('mailboxes', ['queues', i, 'sender', 'address'], sender?.address),
      ...unknown('calendars', ['queues', i, 'calendar'], calendar),
      ...unknown('chains', ['queues', i, 'chain'], chain),
      ...unknown('teams', ['queues', i, 'team'], team),
    ]),
    ...(file.policies ?? []).flatMap(({ match, calendar, chain }, i) => [
      ...unknown('levels', ['policies', i, 'match', 'level'], match?.level),
      ...unknown('queues', ['policies', i, 'match', 'queue'], match?.queue),
      ...unknown('calendars', ['policies', i, 'calendar'], calendar ?? undefined),
      ...unknown('chains', ['policies', i, 'chain'], chain ?? undefined),
    ]),
    ...(file.rules ?? []).flatMap(({ when, then }, i) => [
      ...unknown('queues', ['rules', i, 'when', 'queue'], when?.queue),
      ...unknown('levels', ['rules', i, 'when', 'chosenLevel'], when?.chosenLevel),
      ...unknown('levels', ['rules', i, 'then', 'level'], then.level),
      ...unknown('queues', ['rules', i, 'then', 'queue'], then.queue),
      ...unknown('teams', ['rules', i, 'then', 'team'], then.team),
      ...unknown('staff', ['rules', i, 'then', 'assignee'], then.assignee),
    ]),
    ...(file.heartbeats ?? []).flatMap(({ level, queue }, i) => [
      ...unknown('levels', ['heartbeats', i, 'level'], level),
      ...unknown('queues', ['heartbeats', i, 'queue'], queue),
    ]),
  ];
}

const BY_ADDRESS: readonly (keyof Known)[] = ['staff', 'colleagues', 'mailboxes'];

type OneOrMore = string | readonly string[] | undefined;

const ONE: Readonly<Record<keyof Known, string>> = {
  calendars: 'calendar',
  responders: 'responder',
  callables: 'responder or rota',
  chains: 'chain',
  levels: 'level',
  queues: 'queue',
  teams: 'team',
  mailboxes: 'mailbox',
  staff: 'agent',
  colleagues: 'agent',
};
