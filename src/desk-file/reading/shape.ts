import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { packageRoot } from '../../platform/rendering/package-root.js';
import type { DeskFileFault, Path } from '../desk-file-problem.js';

let validator: ValidateFunction | undefined;

/** What in a file is not as desk-file.schema.json wants it: unknown keys, missing ones, values of the wrong kind. */
export function faultsOfShape(content: unknown): DeskFileFault[] {
  validator ??= compiled();
  if (validator(content)) return [];

  const faults = new Map<string, DeskFileFault>();
  for (const error of validator.errors ?? []) {
    const fault = { path: pathOfError(error), detail: wordsFor(error) };
    const place = fault.path.join('\n');
    if (!faults.has(place)) faults.set(place, fault);
  }
  return [...faults.values()];
}

function compiled(): ValidateFunction {
  const schema = readFileSync(path.join(packageRoot, 'src', 'desk-file', 'desk-file.schema.json'), 'utf8');
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    discriminator: true,
  });
  ajv.addFormat('uri', fullFormats.uri);
  ajv.addFormat('email', EMAIL_ADDRESS);
  return ajv.compile(JSON.parse(schema) as object);
}

function pathOfError({ instancePath, params, keyword, propertyName }: ErrorObject): Path {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const unknown = keyword === 'additionalProperties' ? (params['additionalProperty'] as string) : propertyName;
  return unknown === undefined ? steps : [...steps, unknown];
}

/** The end of a sentence that begins with the name of the place. */
function wordsFor({ keyword, params, parentSchema, data }: ErrorObject): string {
  const { description, properties = {} } = (parentSchema ?? {}) as { description?: string; properties?: object };
  switch (keyword) {
    case 'additionalProperties':
      return `is not known here; known are ${Object.keys(properties).join(', ')}`;
    case 'required':
      return `${String(params['missingProperty'])} is missing`;
    case 'type':
      return `must be ${kinds(params['type'] as string | string[])}, not ${shown(data)}${quoteHint(params['type'], data)}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}, not ${shown(data)}`;
    case 'discriminator':
      return `must have a ${String(params['tag'])} that is known here, not ${shown(params['tagValue'])}`;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return params['limit'] === 1 ? 'must not be empty' : `must have ${String(params['limit'])} or more`;
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return `may have ${String(params['limit'])} at the most`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${String(params['comparison'])} ${String(params['limit'])}, not ${shown(data)}`;
    case 'uniqueItems':
      return 'has an entry twice';
    case 'format':
      return `must be ${params['format'] === 'email' ? 'an e-mail address' : 'a web address'}, not ${shown(data)}`;
    default:
      return description === undefined ? 'is not as it must be' : `${shown(data)} is not: ${description}`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with keys',
  null: 'nothing',
};

function kinds(types: string | readonly string[]): string {
  return [types]
    .flat()
    .map((type) => KINDS[type] ?? type)
    .join(' or ');
}

function shown(data: unknown): string {
  if (data === null || data === undefined) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'an object';
  const text = typeof data === 'string' ? `“${data}”` : JSON.stringify(data);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** `+4930123` is a number to YAML, and `no` a text. */
function quoteHint(type: unknown, data: unknown): string {
  return [type].flat().includes('string') && ['number', 'boolean'].includes(typeof data) ? ' (put it in quotes)' : '';
}
