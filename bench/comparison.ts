/** What one benchmark found: how often a second each side did the same work, once for each round. */
export interface Comparison {
  readonly name: string;
  /** The raw limit, or the rival. */
  readonly against: string;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** Does the work once, or for a while, and answers how much of it was done a second. */
export type Side = () => number | Promise<number>;

interface Contest {
  readonly name: string;
  readonly against: string;
  readonly rounds: number;
  readonly ours: Side;
  readonly theirs: Side;
}

/** One file's worth of comparisons, in the order of the table. */
export type Benchmark = () => AsyncIterable<Comparison>;

/** Both sides in turn, so that whatever else the machine does meets both; who begins changes with each round. */
export async function compare({ name, against, rounds, ours, theirs }: Contest): Promise<Comparison> {
  const rates = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    if (oursFirst) rates.ours.push(await ours());
    rates.theirs.push(await theirs());
    if (!oursFirst) rates.ours.push(await ours());
  }
  return { name, against, ...rates };
}

/** Calls `work` again and again for so long, without ever waiting for the clock for more than a fraction of that. */
export function ratePerSecond(milliseconds: number, work: (turn: number) => unknown): number {
  const began = performance.now();
  let turn = 0;
  for (let batch = 1; ; batch *= 2) {
    const batchBegan = performance.now();
    for (const end = turn + batch; turn < end; turn++) sink.last = work(turn);
    const now = performance.now();
    if (now - began >= milliseconds) return (turn / (now - began)) * 1000;
    if (now - batchBegan > milliseconds / 20) batch /= 2;
  }
}

/** How many a second, if all `count` of them take as long as this work. */
export async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (count / (performance.now() - began)) * 1000;
}

/** Does `work` for each item, so many at a time. */
export async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A benchmark whose two sides do different work says nothing: then it fails. */
export function mustBeEqual(what: string, ours: unknown, theirs: unknown): void {
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new Error(`${what}: ours is ${JSON.stringify(ours)}, theirs is ${JSON.stringify(theirs)}.`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Where results go, so that no compiler finds out that nobody wants them. */
const sink: { last?: unknown } = {};
