import { isDeepStrictEqual } from 'node:util';
import type { FieldFault } from '../../platform/problems/problem.js';
import { isDefault, usualPauses, usualWarnings, type Metric, type Status, type Target } from '../../sla/promises.js';
import type { PolicyItem } from '../../sla/policies.js';
import type { SentForm } from '../forms.js';
import { targetInWords } from '../target-in-words.js';
import type { ReadEdit } from './edit-flow.js';
import { listIn, textIn, textsIn } from './form-fields.js';
import { PROMISED } from './promised-metrics.js';
import { faultOfTarget, readTarget } from './target-field.js';

/** In which a clock can pause, in the order in which a ticket meets them. */
export const PAUSABLE: readonly { readonly status: Status; readonly label: string }[] = [
  { status: 'new', label: 'New' },
  { status: 'open', label: 'Open' },
  { status: 'waiting', label: 'Waiting' },
  { status: 'on-hold', label: 'On hold' },
  { status: 'resolved', label: 'Resolved' },
];

/** What a policy can ask of a ticket; several values part by lines where they may hold a comma. */
export const ASKED = ['level', 'tier', 'organisation', 'queue', 'tag'] as const;
export type Asked = (typeof ASKED)[number];

export const POLICY_FIELDS = [
  ...['name', 'calendar', 'chain', 'warnAt', 'reopen', 'opensForStaff', 'match'],
  ...ASKED.map((asked) => `match.${asked}`),
  ...PROMISED.flatMap(({ metric }) => [`targets.${metric}`, `pauses.${metric}`]),
];

/** The fields of the form that says what this policy says. */
export function fieldsOfPolicy(policy: PolicyItem): SentForm['fields'] {
  const { name, match = {}, calendar, chain, targets, pauses = {}, warnAt, reopen, opensForStaff } = policy;
  const fields: Record<string, string | string[]> = {
    name,
    calendar: calendar ?? '',
    chain: chain ?? '',
    warnAt: (warnAt ?? usualWarnings).join(', '),
    reopen: reopen ?? 'continue',
    ...(opensForStaff === true && { opensForStaff: 'yes' }),
  };
  for (const asked of ASKED) {
    const values = [match[asked] ?? []].flat();
    fields[`match.${asked}`] =
      asked === 'organisation' ? values.join('\n') : asked === 'tag' ? values.join(', ') : values;
  }
  for (const { metric } of PROMISED) {
    const target = targets[metric];
    fields[`how.${metric}`] = target === undefined ? 'level' : isOff(target) ? 'off' : 'own';
    fields[`targets.${metric}`] = target === undefined || isOff(target) ? '' : targetInWords(target);
    fields[`pauses.${metric}`] = [...(pauses[metric] ?? usualPauses[metric])];
  }
  return fields;
}

/** The policy that the form says. `before` is what is stored of it: what it says though it is usual anyway, stays said. */
export function readPolicy(name: string, form: SentForm, before: PolicyItem | null): ReadEdit {
  const faults: FieldFault[] = name === '' ? [{ field: 'name', detail: 'Give the policy a name, such as Gold.' }] : [];
  const match = before !== null && isDefault(before) ? undefined : matchIn(form);
  if (match !== undefined && Object.keys(match).length === 0) {
    faults.push({
      field: 'match',
      detail: 'Say for which tickets: choose a level, a tier, an organisation, a queue or a tag.',
    });
  }
  const targets = targetsIn(form, faults);
  const warnAt = warningsIn(form, faults);
  if (faults.length > 0) return { ok: false, faults };

  const [calendar, chain] = [textIn(form, 'calendar'), textIn(form, 'chain')];
  const reopen = textIn(form, 'reopen') === 'cycle' ? 'cycle' : 'continue';
  const policy: PolicyItem = {
    name,
    ...(match !== undefined && { match }),
    ...(calendar !== '' && { calendar }),
    targets,
    ...pausesIn(form, before),
    ...said('warnAt', warnAt, usualWarnings, before),
    ...said('reopen', reopen, 'continue', before),
    ...said('opensForStaff', textIn(form, 'opensForStaff') === 'yes', false, before),
    ...(chain !== '' && { chain }),
  };
  return { ok: true, value: { policies: [policy] } };
}

const isOff = (target: Target | null): boolean =>
  target === null || target === 0 || (typeof target === 'object' && target.workingDays === 0);

function matchIn(form: SentForm): Record<string, string[]> {
  const values = (asked: Asked): string[] => {
    if (asked === 'tag') return listIn(form, 'match.tag');
    if (asked !== 'organisation') return [...new Set(textsIn(form, `match.${asked}`))];
    const lines = textIn(form, 'match.organisation').split('\n');
    return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
  };
  return Object.fromEntries(
    ASKED.map((asked) => [asked, values(asked)] as const).filter(([, list]) => list.length > 0),
  );
}

function targetsIn(form: SentForm, faults: FieldFault[]): Partial<Record<Metric, Target | null>> {
  const targets: Partial<Record<Metric, Target | null>> = {};
  for (const { metric } of PROMISED) {
    const field = `targets.${metric}`;
    const [how, text] = [textIn(form, `how.${metric}`), textIn(form, field)];
    const fault = (detail: string): void => void faults.push({ field, detail });
    if (how === 'off') targets[metric] = null;
    else if (how !== 'own') {
      if (text !== '') fault(`“${text}” stands here, but “as the level says” is chosen. Choose one of the two.`);
    } else if (text === '') fault('Say within which time, such as 4 h or 3 working days.');
    else {
      const target = readTarget(text);
      if (target === null) fault(faultOfTarget(text));
      else targets[metric] = target;
    }
  }
  return targets;
}

function warningsIn(form: SentForm, faults: FieldFault[]): number[] {
  const texts = listIn(form, 'warnAt').map((text) => text.replace(/\s*%$/, ''));
  const wrong = texts.find((text) => !/^[1-9]\d?$/.test(text));
  if (wrong !== undefined) faults.push({ field: 'warnAt', detail: `${wrong} is not a percentage from 1 to 99.` });
  return [...new Set(texts.map(Number))].sort((a, b) => a - b);
}

function pausesIn(form: SentForm, before: PolicyItem | null): Pick<PolicyItem, 'pauses'> {
  const pauses = PROMISED.flatMap(({ metric }) => {
    const chosen = textsIn(form, `pauses.${metric}`) as Status[];
    const list = before?.pauses?.[metric];
    // The order in which statuses are written says nothing: it stays as it was.
    if (list !== undefined && sameSet(list, chosen)) return [[metric, list] as const];
    // Statuses that the form does not offer stay.
    const unseen = (list ?? []).filter((status) => !PAUSABLE.some((one) => one.status === status));
    const wanted = [...chosen, ...unseen];
    return sameSet(wanted, usualPauses[metric]) ? [] : [[metric, wanted] as const];
  });
  return pauses.length === 0 ? {} : { pauses: Object.fromEntries(pauses) };
}

const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value) => other.includes(value));

/** What is as usual goes without saying, unless it was said before. */
function said<Key extends keyof PolicyItem>(
  key: Key,
  value: NonNullable<PolicyItem[Key]>,
  usual: unknown,
  before: PolicyItem | null,
): Partial<Pick<PolicyItem, Key>> {
  if (isDeepStrictEqual(value, usual) && before?.[key] === undefined) return {};
  return { [key]: value } as Partial<Pick<PolicyItem, Key>>;
}
