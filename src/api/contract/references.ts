/** The name under which the validator knows the whole document. */
export const DOCUMENT = 'openapi';

/** A schema of the document, so that it can stand outside of it. */
export function outside(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT}#/`)) as object;
}

/** The node itself, or what its `$ref` points to in the document. */
export function resolved(document: object, node: object): object {
  const reference = (node as { $ref?: string }).$ref;
  if (reference === undefined) return node;
  return reference
    .slice('#/'.length)
    .split('/')
    .reduce((found, step) => (found as Record<string, object>)[step] as object, document);
}
