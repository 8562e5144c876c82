import { ONE, itemsOf, nameOf, sameName, SECTIONS, type DeskFile, type Item, type SectionName } from './desk-file.js';
import type { Path } from './desk-file-problem.js';
import { faultsOfReferences, type Known } from './references.js';

/** Where a thing of the desk is named by another. */
export interface Leaning {
  /** Such as `the rule “Outage words”`. */
  readonly what: string;
  readonly path: Path;
}

/** Everything in `file`, the whole desk, that names this thing: what would be left with the name of nothing. */
export function leaningOn(file: DeskFile, section: SectionName, name: string): Leaning[] {
  const named = [
    ...faultsOfReferences(file, allBut(file, section, name)).map(({ path }) => path),
    ...conditionsOn(file, section),
  ];
  const asked = named.filter((path) => {
    const value = valueAt(file, path);
    return typeof value === 'string' && sameName(section, nameAs(section, value), name);
  });
  const found = asked.map((path) => ({ what: ownerOf(file, path), path }));
  return found.filter(({ what }, index) => found.findIndex((other) => other.what === what) === index);
}

/** A name as its section writes it. */
export function nameAs(section: SectionName, text: string): string {
  return nameOf(section, { name: text, email: text, address: text });
}

function allBut(file: DeskFile, without: SectionName, name: string): Known {
  const names = (section: SectionName): Set<string> =>
    new Set(
      itemsOf(file, section)
        .map((item) => nameOf(section, item))
        .filter((other) => section !== without || !sameName(section, other, name)),
    );
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, names(section)]));
  const callables = new Set([...names('responders'), ...names('rotas')]);
  const people = names('users');
  return { ...(sections as Record<SectionName, Set<string>>), callables, staff: people, colleagues: people };
}

/** A condition may ask for what is not there; yet who removes what a rule or a policy asks for should know of it. */
function conditionsOn(file: DeskFile, section: SectionName): Path[] {
  const each = (way: Path, names: string | readonly string[] | undefined): Path[] =>
    typeof names === 'string' ? [way] : (names ?? []).map((_name, index) => [...way, index]);
  if (section === 'organisations') {
    return [
      ...(file.policies ?? []).flatMap(({ match }, i) =>
        each(['policies', i, 'match', 'organisation'], match?.organisation),
      ),
      ...(file.rules ?? []).flatMap(({ when }, i) => each(['rules', i, 'when', 'organisation'], when?.organisation)),
    ];
  }
  if (section === 'mailboxes') {
    return (file.rules ?? []).flatMap(({ when }, i) => each(['rules', i, 'when', 'mailbox'], when?.mailbox));
  }
  return [];
}

function valueAt(file: DeskFile, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], file);
}

function ownerOf(file: DeskFile, [section, index]: Path): string {
  if (section === 'desk') return 'the desk itself';

  const owners = section as SectionName;
  const item: Item = itemsOf(file, owners)[Number(index)] ?? {};
  return `the ${ONE[owners]} “${nameOf(owners, item)}”`;
}
