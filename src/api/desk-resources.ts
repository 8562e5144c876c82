import { Injectable } from '@nestjs/common';
import { nameOf, ONE, sameName, type DeskFile, type Item, type SectionName } from '../desk-file/desk-file.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import type { DeskFileFault } from '../desk-file/desk-file-problem.js';
import { Removals } from '../desk-file/removals.js';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';

/** The sections of the desk file that are resources of the API, and by which field the things of each are told apart. */
const KEYS = {
  calendars: 'name',
  levels: 'name',
  policies: 'name',
  rules: 'name',
  queues: 'name',
  providers: 'name',
  responders: 'name',
  rotas: 'name',
  chains: 'name',
  heartbeats: 'name',
  teams: 'name',
  organisations: 'name',
  users: 'email',
  mailboxes: 'address',
  webhooks: 'name',
} as const satisfies Partial<Record<SectionName, string>>;
export type Resource = keyof typeof KEYS;
export const RESOURCES = Object.keys(KEYS) as Resource[];

/** The field, and the word in the address. */
export function keyOf(resource: Resource): 'name' | 'email' | 'address' {
  return KEYS[resource];
}

/** The things of the desk file, one by one. Saving one is applying a desk file that holds nothing else. */
@Injectable()
export class DeskResources {
  constructor(
    private readonly deskFiles: DeskFiles,
    private readonly removals: Removals,
  ) {}

  /** Between looking at the version and saving nobody else may save. */
  async holdStill(tx: Transaction): Promise<void> {
    await this.deskFiles.holdStill(tx);
  }

  async all(tx: Transaction, resource: Resource): Promise<readonly Item[]> {
    return this.deskFiles.items(tx, resource);
  }

  async find(tx: Transaction, resource: Resource, name: string): Promise<Item | null> {
    const wanted = nameOf(resource, { [keyOf(resource)]: name });
    return (await this.all(tx, resource)).find((item) => sameName(resource, nameOf(resource, item), wanted)) ?? null;
  }

  /** The thing of that name, else a Problem. */
  async one(tx: Transaction, resource: Resource, name: string): Promise<Item> {
    const item = await this.find(tx, resource, name);
    if (item === null) throw Problem.notFound(`There is no ${ONE[resource]} ${name}.`);
    return item;
  }

  /** Adds the item or makes the stored one equal to it; in an ordered list it keeps its place, or comes last but for the default. */
  async save(tx: Transaction, resource: Resource, item: Item, by: CurrentUser): Promise<void> {
    const file = { [resource]: [item] } as DeskFile;
    await this.deskFiles.apply(tx, { file, refuse }, by);
  }

  async remove(tx: Transaction, resource: Resource, name: string, by: CurrentUser): Promise<void> {
    await this.removals.remove(tx, resource, name, by);
  }
}

/** Faults of the one item: the way to it in the file, such as `rules[0]`, is left out. */
function refuse(faults: readonly DeskFileFault[]): void {
  if (faults.length === 0) return;

  const found = faults.map(({ path, detail }) => ({ field: fieldOf(path.slice(2)), detail }));
  throw Problem.invalid(
    found.length === 1 ? (found[0]?.detail ?? '') : `${found.length} things need correcting.`,
    found,
  );
}

const fieldOf = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
