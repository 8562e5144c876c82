import type { DeskFile } from './desk-file.js';
import type { DeskFileFault, Path } from './desk-file-problem.js';

/** What can be named: what the desk has already and what the file adds to it. */
export interface Known {
  readonly calendars: ReadonlySet<string>;
  readonly responders: ReadonlySet<string>;
  readonly chains: ReadonlySet<string>;
  readonly levels: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  /** By address, in lower case. */
  readonly staff: ReadonlySet<string>;
}

/** Every name in the file that nothing bears. */
export function faultsOfReferences(file: DeskFile, known: Known): DeskFileFault[] {
  const unknown = (kind: keyof Known, path: Path, names: OneOrMore): DeskFileFault[] =>
    [names ?? []].flat().flatMap((name, index) => {
      if (known[kind].has(kind === 'staff' ? name.toLowerCase() : name)) return [];
      return [{ path: Array.isArray(names) ? [...path, index] : path, detail: `There is no ${ONE[kind]} “${name}”.` }];
    });

  return [
    ...unknown('calendars', ['desk', 'calendar'], file.desk?.calendar),
    ...(file.chains ?? []).flatMap(({ steps }, i) =>
      steps.flatMap(({ notify }, j) => unknown('responders', ['chains', i, 'steps', j, 'notify'], notify)),
    ),
    ...(file.organisations ?? []).flatMap(({ calendar }, i) =>
      unknown('calendars', ['organisations', i, 'calendar'], calendar),
    ),
    ...(file.levels ?? []).flatMap(({ calendar }, i) => unknown('calendars', ['levels', i, 'calendar'], calendar)),
    ...(file.queues ?? []).flatMap(({ calendar, chain }, i) => [
      ...unknown('calendars', ['queues', i, 'calendar'], calendar),
      ...unknown('chains', ['queues', i, 'chain'], chain),
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
      ...unknown('staff', ['rules', i, 'then', 'assignee'], then.assignee),
    ]),
  ];
}

type OneOrMore = string | readonly string[] | undefined;

const ONE: Readonly<Record<keyof Known, string>> = {
  calendars: 'calendar',
  responders: 'responder',
  chains: 'chain',
  levels: 'level',
  queues: 'queue',
  staff: 'agent',
};
