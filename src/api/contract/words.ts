import type { ErrorObject } from 'ajv/dist/2020.js';
import type { FieldFault } from '../../platform/problems/problem.js';

const MOST_FAULTS = 50;
/** These only say that something below them failed, which says it better. */
const SILENT = new Set(['if', 'oneOf', 'anyOf', 'allOf', 'not', 'propertyNames', 'discriminator']);

/** What the validator found, in words for the person who wrote the input; one fault for each field. */
export function faultsOf(errors: readonly ErrorObject[]): FieldFault[] {
  const faults = new Map<string, string>();
  for (const error of clearest(errors)) {
    const field = fieldOf(error);
    if (!faults.has(field)) faults.set(field, wordsFor(error));
  }
  return [...faults].slice(0, MOST_FAULTS).map(([field, detail]) => ({ field, detail }));
}

/**
 * Of a choice between several shapes, the validator tells why each of them fails. Where exactly one has the right type, its
 * faults are what the writer needs; else the choice as a whole is the fault.
 */
function clearest(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  let kept = [...errors];
  for (const choice of choices) {
    const inside = kept.filter((error) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`));
    const ofWrongType = new Set(
      inside
        .filter(
          ({ keyword, instancePath }) =>
            ['type', 'const', 'enum'].includes(keyword) && instancePath === choice.instancePath,
        )
        .map((error) => branchOf(error, choice)),
    );
    const helpful = inside.filter((error) => !ofWrongType.has(branchOf(error, choice)));
    const branches = new Set(helpful.map((error) => branchOf(error, choice)));
    kept = kept.filter((error) => !inside.includes(error) || (branches.size === 1 && helpful.includes(error)));
  }
  return kept.filter(
    (error) => !SILENT.has(error.keyword) || !kept.some((other) => other !== error && isBelow(other, error)),
  );
}

const branchOf = (error: ErrorObject, choice: ErrorObject): string =>
  error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? '';

const isBelow = (error: ErrorObject, above: ErrorObject): boolean =>
  error.instancePath.startsWith(above.instancePath) && !SILENT.has(error.keyword);

function fieldOf({ instancePath, keyword, params, propertyName }: ErrorObject): string {
  const steps = instancePath.split('/').slice(1).map(unescaped);
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>;
  if (keyword === 'required' || keyword === 'dependentRequired') steps.push(missingProperty ?? '');
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') steps.push(additionalProperty ?? '');
  if (propertyName !== undefined) steps.push(propertyName);
  return steps.reduce(
    (path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`),
    '',
  );
}

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

function wordsFor({ keyword, params, parentSchema, data }: ErrorObject): string {
  const { description, properties } = (parentSchema ?? {}) as {
    description?: string;
    properties?: Record<string, unknown>;
  };
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'dependentRequired':
      return `is missing: it goes together with ${String(params['property'])}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return properties === undefined
        ? 'is not known here'
        : `is not known here; known are ${Object.keys(properties).join(', ')}`;
    case 'type':
      return `must be ${typeName(params['type'] as string | string[])}, not ${shown(data)}`;
    case 'const':
      return `must be ${String(params['allowedValue'])}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`;
    case 'discriminator':
      return discriminatorWords(params, parentSchema);
    case 'format':
      return formatWords(String(params['format']), data);
    case 'minLength':
      return params['limit'] === 1 ? 'must not be empty' : `must have ${String(params['limit'])} characters or more`;
    case 'maxLength':
      return `may have ${String(params['limit'])} characters at the most`;
    case 'minItems':
      return `must have ${String(params['limit'])} or more`;
    case 'maxItems':
      return `may have ${String(params['limit'])} at the most`;
    case 'minProperties':
      return 'must hold at least one field';
    case 'maxProperties':
      return `may hold ${String(params['limit'])} fields at the most`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${{ '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' }[String(params['comparison'])] ?? ''} ${String(params['limit'])}`;
    case 'oneOf':
      return description === undefined ? alternatives(parentSchema) : wanted(description);
    default:
      return description === undefined ? 'is not as it must be' : wanted(description);
  }
}

/** Such as "either policy or policies". */
function alternatives(schema: ErrorObject['parentSchema']): string {
  const choices = (schema?.['oneOf'] ?? []) as { required?: string[] }[];
  const names = choices.flatMap(({ required = [] }) => required);
  return names.length === choices.length
    ? `must hold either ${names.join(' or ')}`
    : 'is none of the shapes that it may have';
}

function discriminatorWords(params: ErrorObject['params'], schema: ErrorObject['parentSchema']): string {
  const tag = String(params['tag']);
  const choices = (schema?.['oneOf'] ?? []) as { properties?: Record<string, { const?: string; enum?: string[] }> }[];
  const values = choices.flatMap(({ properties }) => properties?.[tag]?.enum ?? properties?.[tag]?.const ?? []);
  return `must have a known ${tag}, one of ${values.join(', ')}; not ${shown(params['tagValue'])}`;
}

function formatWords(format: string, data: unknown): string {
  if (format === 'email') return `must be an e-mail address, not ${shown(data)}`;
  if (format !== 'date-time') return `must be a valid ${format}, not ${shown(data)}`;

  const plus = typeof data === 'string' && / \d\d:\d\d$/.test(data) ? ' (in an address, write the + as %2B)' : '';
  return `must be an instant such as 2026-11-22T15:03:07+01:00, not ${shown(data)}${plus}`;
}

/** The schema's own description of what is wanted, as the end of a sentence. */
const wanted = (description: string): string =>
  `must be: ${description.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())}`;

const NAMES: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

const typeName = (types: string | readonly string[]): string =>
  [types]
    .flat()
    .map((type) => NAMES[type] ?? type)
    .join(' or ');

function shown(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object' && data !== null) return 'an object';
  const text = typeof data === 'string' ? `“${data}”` : String(data);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
