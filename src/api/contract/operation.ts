import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import type { Role } from '../../identity/current-user.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { once } from './once.js';
import { parametersCheck, type ParameterObject, type ParametersCheck } from './parameters.js';
import { outside, resolved } from './references.js';
import { unstorable } from './unstorable.js';
import { faultsOf } from './words.js';

export interface OperationObject {
  readonly operationId: string;
  readonly security?: Security;
  readonly parameters?: readonly object[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, object>>;
}

export type Security = readonly { readonly bearer?: readonly Role[] }[];
type Content = Readonly<Record<string, { readonly schema?: object }>>;

export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Where an operation stands in the document. */
export interface Place {
  readonly document: object;
  readonly path: string;
  readonly method: string;
  /** Parameters of all the path's operations. */
  readonly shared: readonly object[];
  readonly security: Security;
}

/** One thing that the API does, as the document describes it. */
export class Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** As the document writes it: `/tickets/{number}`. */
  readonly path: string;
  /** The least role that may do it. */
  readonly role: Role;
  private readonly document: object;
  private readonly responses: OperationObject['responses'];
  // Validators are compiled when the operation is first used: all of them at once would hold up every start.
  private readonly pathCheck: () => ParametersCheck;
  private readonly query: () => ParametersCheck;
  private readonly headers: () => ParametersCheck;
  private readonly bodies: ReadonlyMap<string, (() => ValidateFunction) | null>;

  constructor(
    private readonly ajv: Ajv2020,
    operation: OperationObject,
    place: Place,
  ) {
    this.id = operation.operationId;
    this.method = place.method.toUpperCase();
    this.path = place.path;
    this.role = roleIn(operation, place);
    this.document = place.document;
    this.responses = operation.responses;
    const parameters = [...place.shared, ...(operation.parameters ?? [])].map(
      (parameter) => resolved(place.document, parameter) as ParameterObject,
    );
    this.pathCheck = once(() => parametersCheck(ajv, parameters, 'path'));
    this.query = once(() => parametersCheck(ajv, parameters, 'query'));
    this.headers = once(() => parametersCheck(ajv, parameters, 'header'));
    this.bodies = new Map(
      Object.entries(operation.requestBody?.content ?? {}).map(([mediaType, { schema }]) => [
        mediaType,
        schema === undefined ? null : once(() => ajv.compile(outside(schema))),
      ]),
    );
  }

  /** The request's parts with the types that the document says; all their faults in one problem, if there are any. */
  check({ params, query, headers, body }: RequestParts): Pick<RequestParts, 'params' | 'query' | 'body'> {
    const path = this.pathCheck()(params as Record<string, unknown>);
    if (path.faults.length > 0) throw Problem.notFound('There is nothing at this address.');

    const { value, faults } = this.query()(query as Record<string, unknown>);
    const all = [...faults, ...this.headers()(headers).faults, ...this.faultsOfBody(body, mediaTypeOf(headers))];
    if (all.length > 0) throw Problem.invalid(sentenceOf(all), all);
    return { params: path.value, query: value, body };
  }

  /** All faults of a thing that was put together here, as if it had come as the body of this operation. */
  checkBody(body: unknown): void {
    const faults = this.faultsOfBody(body, 'application/json');
    if (faults.length > 0) throw Problem.invalid(sentenceOf(faults), faults);
  }

  /** What is wrong with an answer of this operation by its own description; null, if nothing is. */
  faultOfAnswer(status: number, mediaType: string, answer: unknown): string | null {
    const described = this.responses[String(status)] ?? (status >= 400 ? this.responses['default'] : undefined);
    if (described === undefined) return `${this.id} answers ${status}, of which its description says nothing`;

    const { content } = resolved(this.document, described) as { content?: Content };
    if (content === undefined) return mediaType === '' ? null : `${this.id} answers ${status} with a body`;
    const body = content[mediaType];
    if (body === undefined) return `${this.id} answers ${status} as ${mediaType || 'nothing'}`;
    if (body.schema === undefined) return null;

    const validate = this.ajv.compile(outside(body.schema));
    return validate(answer) ? null : this.ajv.errorsText(validate.errors, { dataVar: `${this.id} ${status}` });
  }

  private faultsOfBody(body: unknown, mediaType: string): readonly FieldFault[] {
    if (this.bodies.size === 0) return isNothing(body) ? [] : [{ field: '', detail: 'This operation takes no body' }];

    const known = [...this.bodies.keys()].join(' or ');
    if (body === undefined || body === null) return [{ field: '', detail: `A body of ${known} is missing` }];
    const validator = this.bodies.get(mediaType);
    if (validator === undefined) throw Problem.unsupportedMediaType(`The body must be ${known}.`);
    if (validator === null) return [];
    const validate = validator();
    return validate(body) ? unstorable(body) : faultsOf(validate.errors ?? []);
  }
}

/** Programs that always send JSON send an empty object where there is nothing to say. */
function isNothing(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
}

function mediaTypeOf(headers: RequestParts['headers']): string {
  const given = headers['content-type'];
  const [mediaType = ''] = typeof given === 'string' ? given.split(';') : [];
  return mediaType.trim().toLowerCase();
}

/** OpenAPI 3.1 lets a bearer scheme name the roles that an operation asks for. */
function roleIn(operation: OperationObject, place: Place): Role {
  const role = (operation.security ?? place.security)[0]?.bearer?.[0];
  if (role === undefined) throw new Error(`${operation.operationId} does not say which role may do it.`);
  return role;
}

function sentenceOf([first, ...more]: readonly FieldFault[]): string {
  if (first === undefined || more.length > 0) return `${more.length + 1} things need correcting.`;
  return first.field === '' ? `${first.detail}.` : `${first.field} ${first.detail}.`;
}
