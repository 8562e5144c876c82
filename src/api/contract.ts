import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { EMAIL_ADDRESS } from '../platform/config/email-address.js';
import { packageRoot } from '../platform/rendering/package-root.js';
import { productYaml } from '../platform/rendering/product-yaml.js';
import { bundled, type JsonObject } from './contract/bundle.js';
import { isInstant } from './contract/instant.js';
import { Operation, type OperationObject, type Security } from './contract/operation.js';
import { DOCUMENT } from './contract/references.js';

/** Where all of the API lives. */
export const API_ROOT = '/api/v1';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const DESK_FILE_SCHEMA = '../desk-file/desk-file.schema.json';

/** The OpenAPI document and what follows from it: which operations there are, for whom, what they take and answer. */
@Injectable()
export class Contract {
  /** As it is served: complete in itself. */
  readonly document: JsonObject = load();
  readonly operations: readonly Operation[];
  private readonly ajv = validatorOf(this.document);

  constructor() {
    type PathItem = { parameters?: object[] } & Partial<Record<(typeof METHODS)[number], OperationObject>>;
    const paths = this.document['paths'] as unknown as Record<string, PathItem>;
    const security = this.document['security'] as unknown as Security;
    this.operations = Object.entries(paths).flatMap(([pattern, { parameters: shared = [], ...methods }]) =>
      METHODS.flatMap((method) => {
        const place = { document: this.document, path: pattern, method, shared, security };
        return methods[method] === undefined ? [] : [new Operation(this.ajv, methods[method], place)];
      }),
    );
  }

  /** The operation of a route, by its method and Fastify's way to write its path: `/api/v1/tickets/:number`. */
  operation(method: string, route: string): Operation | undefined {
    const wanted = route.slice(API_ROOT.length).replace(/:(\w+)/g, '{$1}');
    return this.operations.find((operation) => operation.method === method && operation.path === wanted);
  }

  /** The methods that something at this path listens to; none, if nothing is there. */
  methodsAt(pathname: string): string[] {
    const steps = pathname.slice(API_ROOT.length).split('/');
    const fits = (step: string, i: number): boolean => step === steps[i] || (step.startsWith('{') && steps[i] !== '');
    return this.operations
      .filter(({ path: described }) => {
        const pattern = described.split('/');
        return pattern.length === steps.length && pattern.every(fits);
      })
      .map(({ method }) => method);
  }

  /** The validator of one of the document's schemas. */
  schema(name: string): ValidateFunction {
    return this.ajv.compile({ $ref: `${DOCUMENT}#/components/schemas/${name}` });
  }
}

function load(): JsonObject {
  const deskFile = JSON.parse(readFileSync(path.join(packageRoot, 'src/api', DESK_FILE_SCHEMA), 'utf8')) as JsonObject;
  return bundled(productYaml('api/openapi.yaml') as JsonObject, DESK_FILE_SCHEMA, deskFile, 'DeskFile.');
}

function validatorOf(document: JsonObject): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    discriminator: true,
  });
  // To the validator the document itself is a schema without conditions, in which other schemas are found.
  ajv.addVocabulary([...Object.keys(document), 'example']);
  ajv.addFormat('date-time', { type: 'string', validate: isInstant });
  for (const format of ['uuid', 'uri'] as const) ajv.addFormat(format, fullFormats[format]);
  ajv.addFormat('email', EMAIL_ADDRESS);
  return ajv.addSchema(document, DOCUMENT, false, false);
}
