type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/**
 * One document out of several: every `$ref` to a definition of another file is turned to a component of this one, and the
 * definitions that are needed, directly or by each other, are taken over under their own names with a prefix.
 */
export function bundled(document: JsonObject, otherFile: string, other: JsonObject, prefix: string): JsonObject {
  const definitions = other['$defs'] as JsonObject;
  const needed = new Set<string>();
  const turn = (node: Json, from: string): Json => {
    if (Array.isArray(node)) return node.map((entry) => turn(entry, from));
    if (typeof node !== 'object' || node === null) return node;

    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string' ? turnReference(value, from) : turn(value, from),
      ]),
    );
  };
  const turnReference = (reference: string, from: string): string => {
    const start = `${from}#/$defs/`;
    if (!reference.startsWith(start)) return reference;

    const [name = '', ...rest] = reference.slice(start.length).split('/');
    if (!(name in definitions))
      throw new Error(`${otherFile} has no definition ${name}, which the document refers to.`);
    needed.add(name);
    return ['#/components/schemas', prefix + name, ...rest].join('/');
  };

  const whole = turn(document, otherFile) as JsonObject;
  const { schemas } = whole['components'] as { schemas: JsonObject };
  // A definition may need further ones, which join the set while it is walked.
  for (const name of needed) schemas[prefix + name] = turn(definitions[name] as Json, '');
  return whole;
}
