import { Problem } from '../platform/problems/problem.js';

const LIMIT = 50;

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export const limitOf = ({ limit }: PageQuery): number => limit ?? LIMIT;

/** Cursors of one list, in one order: opaque text that holds where the last page ended. */
export class Cursors<Position> {
  constructor(
    /** The list and its order; a cursor of another one is refused. */
    private readonly list: string,
    private readonly isPosition: (value: unknown) => value is Position,
  ) {}

  /** Where the page asked for begins: after this; null for the first. */
  read({ cursor }: PageQuery): Position | null {
    if (cursor === undefined) return null;

    const { list, position } = parsed(cursor);
    if (list === this.list && this.isPosition(position)) return position;
    throw Problem.invalid('This cursor does not belong to this list.', [
      { field: 'cursor', detail: 'must be the nextCursor of the page before, asked with the same sort' },
    ]);
  }

  /** The page of `rows`, of which one more than `limit` was asked for, to see whether there is another. */
  page<Row, Item>(
    rows: readonly Row[],
    limit: number,
    positionOf: (row: Row) => Position,
    itemOf: (row: Row) => Item,
  ): Page<Item> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last !== undefined ? this.write(positionOf(last)) : null;
    return { items: shown.map(itemOf), nextCursor };
  }

  private write(position: Position): string {
    return Buffer.from(JSON.stringify([this.list, position])).toString('base64url');
  }
}

function parsed(cursor: string): { list?: unknown; position?: unknown } {
  try {
    const [list, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    return { list, position };
  } catch {
    return {};
  }
}

/** For lists that are few enough to be numbered. */
export const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
