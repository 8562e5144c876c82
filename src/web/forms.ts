import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Problem, type FieldFault } from '../platform/problems/problem.js';

/** What a person may send along with one form. */
export const MOST_FILES = 10;
const MOST_BYTES_A_FILE = 20_000_000;
const MOST_BYTES = 25_000_000;
const MOST_FIELD_BYTES = 1_000_000;

export interface SentFile {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface SentForm {
  /** A field that was sent more than once is a list. */
  readonly fields: Readonly<Record<string, string | string[]>>;
  readonly files: readonly SentFile[];
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** To show the form again as it was sent. */
      readonly given: Readonly<Record<string, string>>;
      readonly faults: readonly FieldFault[];
    };

const forms = new WeakMap<FastifyRequest, Promise<SentForm>>();

/** The form that this request carries, urlencoded or multipart; read once, however often it is asked for. */
export async function readForm(request: FastifyRequest): Promise<SentForm> {
  const known = forms.get(request);
  if (known !== undefined) return known;

  const form = request.isMultipart()
    ? readParts(request)
    : Promise.resolve({ fields: fieldsOf(request.body), files: [] });
  forms.set(request, form);
  return form;
}

/** Looks whether a form is filled in as the schema wants it. */
export function check<T extends z.ZodType>(schema: T, { fields }: SentForm): Checked<z.output<T>> {
  const result = schema.safeParse(fields);
  if (result.success) return { ok: true, value: result.data };

  const faults = new Map<string, FieldFault>();
  for (const { path, message } of result.error.issues) {
    const field = path.map(String).join('.');
    if (!faults.has(field)) faults.set(field, { field, detail: message });
  }
  return { ok: false, given: givenIn(fields), faults: [...faults.values()] };
}

/** As `check`, for forms that a person cannot get wrong by hand, such as a button's. */
export function demand<T extends z.ZodType>(schema: T, form: SentForm): z.output<T> {
  const checked = check(schema, form);
  if (!checked.ok) throw Problem.invalid(checked.faults.map(({ detail }) => detail).join(' '), checked.faults);
  return checked.value;
}

/** The faults of a form by field, for the template: every field has one, null where it is fine. */
export function faultsByField<Field extends string>(
  fields: readonly Field[],
  faults: readonly FieldFault[],
): Record<Field, string | null> {
  const found = new Map(faults.map(({ field, detail }) => [field, detail]));
  return Object.fromEntries(fields.map((field) => [field, found.get(field) ?? null])) as Record<Field, string | null>;
}

export function givenIn(fields: SentForm['fields']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : (value[0] ?? '')]),
  );
}

function fieldsOf(body: unknown): SentForm['fields'] {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string | string[]] => isText(entry[1])),
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

async function readParts(request: FastifyRequest): Promise<SentForm> {
  const fields: Record<string, string | string[]> = {};
  const files: SentFile[] = [];
  let bytes = 0;
  const limits = { files: MOST_FILES, fileSize: MOST_BYTES_A_FILE, fields: 2_000, fieldSize: MOST_FIELD_BYTES };
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      add(fields, part.fieldname, part.value);
      continue;
    }
    const content = await part.toBuffer();
    bytes += content.length;
    if (bytes > MOST_BYTES)
      throw Problem.tooLarge('All files together may have 25 MB. Send the large ones by a link instead.');
    // A browser sends one nameless, empty file where none was chosen.
    if (part.filename !== '') files.push({ filename: part.filename, contentType: part.mimetype, content });
  }
  return { fields, files };
}

function add(fields: Record<string, string | string[]>, name: string, value: unknown): void {
  if (typeof value !== 'string' || name === '__proto__') return;

  const before = fields[name];
  fields[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
}
