import { Injectable } from '@nestjs/common';
import { stringify } from 'yaml';
import { productYaml } from '../../platform/rendering/product-yaml.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Node {
  readonly $ref?: string;
  readonly [name: string]: unknown;
}

interface OperationNode {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly { readonly bearer?: readonly string[] }[];
  readonly parameters?: readonly Node[];
  readonly requestBody?: Node;
  readonly responses: Readonly<Record<string, Node>>;
}

interface DocumentNode {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary: string;
    readonly description: string;
  };
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly security: readonly { readonly bearer: readonly string[] }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Node>> };
}

/** The OpenAPI document as a page: made once, when it is first asked for, since it changes with the program only. */
@Injectable()
export class ApiDocsPage {
  private model: object | undefined;

  read(): object {
    this.model ??= modelOf(productYaml('api/openapi.yaml') as DocumentNode);
    return this.model;
  }
}

function modelOf(document: DocumentNode): object {
  const operations = operationsOf(document);
  return {
    title: 'REST API',
    summary: document.info.summary,
    paragraphs: document.info.description
      .trim()
      .split(/\n\s*\n/)
      .map(plain),
    groups: document.tags.map(({ name, description }) => ({
      id: idOf(name),
      name,
      description: plain(description ?? ''),
      operations: operations.filter(({ tag }) => tag === name),
    })),
    schemas: Object.entries(document.components.schemas).map(([name, schema]) => ({
      id: `schema-${name}`,
      name,
      text: stringify(schema, { lineWidth: 100 }),
    })),
  };
}

function operationsOf(document: DocumentNode) {
  const everywhere = document.security[0]?.bearer[0] ?? 'agent';
  return Object.entries(document.paths).flatMap(([pattern, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method] as OperationNode | undefined;
      if (operation === undefined) return [];

      const shared = (item['parameters'] ?? []) as readonly Node[];
      return [
        {
          id: operation.operationId,
          tag: operation.tags[0] ?? '',
          method: method.toUpperCase(),
          path: pattern,
          summary: operation.summary,
          description: plain(operation.description ?? ''),
          role: operation.security === undefined ? everywhere : (operation.security[0]?.bearer?.[0] ?? 'anybody'),
          parameters: [...shared, ...(operation.parameters ?? [])].map((node) => parameterOf(resolve(document, node))),
          body: operation.requestBody === undefined ? null : bodyOf(resolve(document, operation.requestBody)),
          answers: Object.entries(operation.responses).map(([status, node]) => ({
            status: status === 'default' ? 'else' : status,
            description: plain(text(resolve(document, node)['description'])),
            schema: schemaName(firstContent(resolve(document, node))),
          })),
        },
      ];
    }),
  );
}

function parameterOf(parameter: Node): object {
  const schema = parameter['schema'] as Node | undefined;
  return {
    name: text(parameter['name']),
    place: text(parameter['in']),
    required: parameter['required'] === true,
    description: plain(text(parameter['description'] ?? schema?.['description'])),
  };
}

function bodyOf(body: Node): object {
  const content = body['content'] as Readonly<Record<string, Node>>;
  const [type = '', media = {}] = Object.entries(content)[0] ?? [];
  const example = media['example'];
  return { type, schema: schemaName(media), example: example === undefined ? null : JSON.stringify(example, null, 2) };
}

function firstContent(response: Node): Node {
  return Object.values((response['content'] ?? {}) as Readonly<Record<string, Node>>)[0] ?? {};
}

function schemaName(media: Node): string | null {
  return (media['schema'] as Node | undefined)?.$ref?.split('/').at(-1) ?? null;
}

/** What a reference within the document leads to. */
function resolve(document: DocumentNode, node: Node): Node {
  if (node.$ref?.startsWith('#/') !== true) return node;
  return node.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, step) => (at as Readonly<Record<string, unknown>>)[step], document) as Node;
}

/** The document is written in Markdown, of which it uses little more than emphasis; a page shows it plainly. */
function plain(markdown: string): string {
  return markdown.replace(/\*\*/g, '').replace(/`/g, '').trim();
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const idOf = (name: string): string => name.toLowerCase().replace(/\W+/g, '-');
