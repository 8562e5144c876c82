import { isMap, isScalar, isSeq, isAlias, type Document, type Node } from 'yaml';
import type { Path } from '../desk-file-problem.js';

/** Where in the text the value at `path` stands; of what is missing, where it would belong. For a key, the key itself. */
export function placeOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    const next = isMap(node) ? pairAt(node.items, step) : isSeq(node) ? itemAt(node.items, step) : undefined;
    if (next === undefined) return offset;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

interface Found {
  readonly node: unknown;
  readonly offset: number;
}

function pairAt(pairs: readonly { key: unknown; value: unknown }[], step: string | number): Found | undefined {
  const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  const offset = startOf(pair?.key);
  return pair === undefined || offset === undefined ? undefined : { node: pair.value, offset };
}

function itemAt(items: readonly unknown[], step: string | number): Found | undefined {
  const node = items[Number(step)];
  const offset = startOf(node);
  return offset === undefined ? undefined : { node, offset };
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
