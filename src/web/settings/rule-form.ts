import type { FieldFault } from '../../platform/problems/problem.js';
import type { RuleConditions, RuleItem } from '../../tickets/rules.js';
import type { SentForm } from '../forms.js';
import type { ReadEdit } from './edit-flow.js';
import { listIn, textIn, textsIn } from './form-fields.js';

/** What a rule can ask, as the form names it. */
export const CONDITIONS = [
  { key: 'channel', label: 'Channel', hint: 'How the request came in.' },
  { key: 'mailbox', label: 'Mailbox', hint: 'The address of ours that it was sent to.' },
  { key: 'queue', label: 'Queue', hint: 'The queue that it was sent to.' },
  { key: 'organisation', label: 'Organisation', hint: 'One in each line.' },
  { key: 'tier', label: 'Tier of the organisation', hint: '' },
  {
    key: 'senderDomain',
    label: 'Domain of the sender',
    hint: 'Such as example.com; several parted by commas. Exactly these, no subdomains.',
  },
  {
    key: 'anyWords',
    label: 'Words in subject or text',
    hint: 'One in each line, or several words that stand together. In any case, as whole words.',
  },
  {
    key: 'fields',
    label: 'Fields of the form',
    hint: 'The name of the field, and its value; several values parted by commas. All fields must hold.',
  },
  { key: 'chosenLevel', label: 'Level that the customer chose', hint: 'In the form.' },
  {
    key: 'inHours',
    label: 'Support hours',
    hint: 'By the calendar of the customer: organisation, else queue, else desk.',
  },
] as const;

export type ConditionKey = (typeof CONDITIONS)[number]['key'];
type FieldValue = string | number | boolean;

export const CHANNELS = ['mail', 'form', 'api', 'agent'] as const;
export const RULE_FIELDS = [
  ...['name', 'when', 'then'],
  ...CONDITIONS.map(({ key }) => `when.${key}`),
  ...['level', 'queue', 'team', 'assignee', 'tags'].map((key) => `then.${key}`),
];
const LINES: readonly ConditionKey[] = ['organisation', 'anyWords'];

export function fieldsOfRule({ name, when = {}, then }: RuleItem): SentForm['fields'] {
  const fields: Record<string, string | string[]> = {
    name,
    'then.level': then.level ?? '',
    'then.queue': then.queue ?? '',
    'then.team': then.team ?? '',
    'then.assignee': then.assignee ?? '',
    'then.tags': (then.tags ?? []).join(', '),
    use: usedIn(when),
    'when.inHours': when.inHours === undefined ? '' : when.inHours ? 'yes' : 'no',
  };
  for (const { key } of CONDITIONS) {
    if (key === 'inHours' || key === 'fields') continue;
    const values = [...(when[key] ?? [])];
    fields[`when.${key}`] = LINES.includes(key)
      ? values.join('\n')
      : key === 'senderDomain'
        ? values.join(', ')
        : values;
  }
  const rows = Object.entries(when.fields ?? {});
  fields['field.name'] = rows.map(([field]) => field);
  fields['field.value'] = rows.map(([, value]) => valuesOf(value).map(String).join(', '));
  return fields;
}

/** The conditions that the form shows, after the step that was asked for: `add`, or `drop:tier`. */
export function usedConditions(form: Pick<SentForm, 'fields'>): ConditionKey[] {
  const step = textIn(form, 'step');
  const dropped = /^drop:(.+)$/.exec(step)?.[1];
  const used = textsIn(form, 'use');
  const added = step === 'add' ? textIn(form, 'add') : '';
  return CONDITIONS.map(({ key }) => key).filter((key) => (used.includes(key) || key === added) && key !== dropped);
}

/** The rows of fields that the form shows: those that are filled in, and an empty one. */
export function fieldRows(form: Pick<SentForm, 'fields'>): { name: string; value: string }[] {
  const names = [form.fields['field.name'] ?? []].flat();
  const values = [form.fields['field.value'] ?? []].flat();
  const rows = names.map((name, index) => ({ name: name.trim(), value: (values[index] ?? '').trim() }));
  return [...rows.filter(({ name, value }) => name !== '' || value !== ''), { name: '', value: '' }];
}

/** The rule that the form says; `isLast`: the one for everything else. */
export function readRule(name: string, form: SentForm, before: RuleItem | null, isLast: boolean): ReadEdit {
  const { rule, faults } = ruleIn(name, form, before, isLast);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: { rules: [rule] } };
}

export function ruleIn(
  name: string,
  form: SentForm,
  before: RuleItem | null,
  isLast: boolean,
): { rule: RuleItem; faults: FieldFault[] } {
  const faults: FieldFault[] = name === '' ? [{ field: 'name', detail: 'Give the rule a name: tickets show it.' }] : [];
  const when = isLast ? undefined : conditionsIn(form, before?.when, faults);
  if (when !== undefined && Object.keys(when).length === 0) {
    faults.push({
      field: 'when',
      detail: 'Add at least one condition: only the last rule stands for everything else.',
    });
  }
  const then = effectIn(form);
  if (Object.keys(then).length === 0)
    faults.push({ field: 'then', detail: 'Say what the ticket gets: at least one of these.' });
  if (isLast && (then.level === undefined || then.queue === undefined)) {
    faults.push({ field: 'then', detail: 'The rule for everything else gives both a level and a queue.' });
  }
  return { rule: { name, ...(when !== undefined && { when }), then }, faults };
}

function conditionsIn(form: SentForm, before: RuleConditions | undefined, faults: FieldFault[]): RuleConditions {
  const when: Record<string, unknown> = {};
  for (const key of usedConditions(form)) {
    const value = conditionIn(key, form, before);
    if (value === null) faults.push({ field: `when.${key}`, detail: 'Fill this condition in, or take it away.' });
    else when[key] = value;
  }
  return when;
}

function conditionIn(key: ConditionKey, form: SentForm, before: RuleConditions | undefined): unknown {
  const field = `when.${key}`;
  if (key === 'inHours') {
    const said = textIn(form, field);
    return said === '' ? null : said === 'yes';
  }
  if (key === 'fields') return formFieldsIn(form, before);

  const values = LINES.includes(key)
    ? linesIn(form, field)
    : key === 'senderDomain'
      ? listIn(form, field)
      : textsIn(form, field);
  return values.length === 0 ? null : values;
}

/** A number or a truth value that was stored as one stays one. */
function formFieldsIn(form: SentForm, before: RuleConditions | undefined): Record<string, FieldValue[]> | null {
  const rows = fieldRows(form).filter(({ name, value }) => name !== '' && value !== '');
  const wanted = rows.map(({ name, value }) => {
    const stored = valuesOf(before?.fields?.[name] ?? []);
    const texts = value.split(',').map((one) => one.trim());
    return [name, texts.filter(Boolean).map((one) => stored.find((known) => String(known) === one) ?? one)] as const;
  });
  return wanted.length === 0 ? null : Object.fromEntries(wanted);
}

function effectIn(form: SentForm): RuleItem['then'] {
  const said = (key: string): Record<string, string> => {
    const text = textIn(form, `then.${key}`);
    return text === '' ? {} : { [key]: text };
  };
  const tags = listIn(form, 'then.tags');
  return { ...said('level'), ...said('queue'), ...said('team'), ...said('assignee'), ...(tags.length > 0 && { tags }) };
}

function linesIn(form: SentForm, field: string): string[] {
  const lines = textIn(form, field)
    .split('\n')
    .map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

const valuesOf = (value: FieldValue | readonly FieldValue[]): readonly FieldValue[] =>
  typeof value === 'object' ? value : [value];

function usedIn(when: RuleConditions): ConditionKey[] {
  return CONDITIONS.map(({ key }) => key).filter((key) => when[key] !== undefined);
}

/** `channel mail or form · words “down”`, for lists. */
export function conditionsInWords({ when }: RuleItem): { label: string; values: string }[] {
  return CONDITIONS.flatMap(({ key, label }) => {
    const value = when?.[key];
    if (value === undefined) return [];
    if (key === 'inHours') return [{ label, values: value === true ? 'open' : 'closed' }];
    if (key === 'fields') {
      const fields = Object.entries(when?.fields ?? {});
      return [
        { label: 'Fields', values: fields.map(([name, one]) => `${name}: ${valuesOf(one).join(' or ')}`).join(', ') },
      ];
    }
    return [{ label: SHORT[key] ?? label, values: (value as readonly string[]).join(' or ') }];
  });
}

const SHORT: Partial<Record<ConditionKey, string>> = {
  tier: 'Tier',
  senderDomain: 'Sender',
  anyWords: 'Words',
  chosenLevel: 'Chosen',
};

export function effectInWords({ then }: RuleItem): { label: string; value: string }[] {
  const { level, queue, team, assignee, tags = [] } = then;
  return [
    ...(level === undefined ? [] : [{ label: 'level', value: level }]),
    ...(queue === undefined ? [] : [{ label: 'queue', value: queue }]),
    ...(team === undefined ? [] : [{ label: 'team', value: team }]),
    ...(assignee === undefined ? [] : [{ label: 'assignee', value: assignee }]),
    ...(tags.length === 0 ? [] : [{ label: 'tags', value: tags.join(', ') }]),
  ];
}
