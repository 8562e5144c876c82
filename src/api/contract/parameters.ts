import type { Ajv2020 } from 'ajv/dist/2020.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import { outside } from './references.js';
import { unstorable } from './unstorable.js';
import { faultsOf } from './words.js';

const WHOLE_NUMBER = /^-?\d{1,15}$/;

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly explode?: boolean;
  readonly schema: { readonly type?: string };
}

type Given = Readonly<Record<string, unknown>>;
export type ParametersCheck = (given: Given) => { readonly value: Given; readonly faults: readonly FieldFault[] };

/** Parameters come as text; what the document calls a number, a truth value or a list is made one before it is checked. */
export function parametersCheck(
  ajv: Ajv2020,
  all: readonly ParameterObject[],
  place: ParameterObject['in'],
): ParametersCheck {
  const nameOf = ({ name }: ParameterObject): string => (place === 'header' ? name.toLowerCase() : name);
  const parameters = all.filter((parameter) => parameter.in === place);
  const validate = ajv.compile({
    type: 'object',
    properties: Object.fromEntries(parameters.map((parameter) => [nameOf(parameter), outside(parameter.schema)])),
    required: parameters.filter(({ required }) => required).map(nameOf),
    additionalProperties: place === 'header',
  });
  return (given) => {
    const value: Record<string, unknown> = { ...given };
    for (const parameter of parameters) {
      const name = nameOf(parameter);
      if (name in value) value[name] = typed(value[name], parameter);
    }
    if (!validate(value)) return { value, faults: faultsOf(validate.errors ?? []) };
    return { value, faults: place === 'header' ? [] : unstorable(value) };
  };
}

function typed(value: unknown, { schema, explode }: ParameterObject): unknown {
  if (schema.type === 'array') {
    return [value].flat().flatMap((text) => (explode === false ? String(text).split(',') : [text]));
  }
  if (typeof value !== 'string') return value;
  if (schema.type === 'integer') return WHOLE_NUMBER.test(value) ? Number(value) : value;
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
