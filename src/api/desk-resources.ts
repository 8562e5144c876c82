import { Injectable } from '@nestjs/common';
import type { DeskFile, Item } from '../desk-file/desk-file.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import type { DeskFileFault } from '../desk-file/desk-file-problem.js';
import { Chains } from '../escalation/chains.js';
import { Responders } from '../escalation/responders.js';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Policies } from '../sla/policies.js';
import { Calendars } from '../support-hours/calendars.js';
import { Levels } from '../tickets/levels.js';
import { Queues } from '../tickets/queues.js';
import { Rules } from '../tickets/rules.js';

/** The sections of the desk file that are resources of the API. */
export const RESOURCES = ['calendars', 'levels', 'policies', 'rules', 'queues', 'responders', 'chains'] as const;
export type Resource = (typeof RESOURCES)[number];

export type NamedItem = Item & { readonly name: string };

interface Kept {
  all(tx: Transaction): Promise<readonly object[]>;
  remove(tx: Transaction, name: string, by: CurrentUser): Promise<void>;
}

/** The things of the desk file, one by one. Saving one is applying a desk file that holds nothing else. */
@Injectable()
export class DeskResources {
  private readonly kept: Readonly<Record<Resource, Kept>>;

  constructor(
    private readonly deskFiles: DeskFiles,
    calendars: Calendars,
    levels: Levels,
    policies: Policies,
    private readonly rules: Rules,
    queues: Queues,
    responders: Responders,
    chains: Chains,
  ) {
    this.kept = {
      calendars,
      levels,
      policies,
      rules: { all: (tx) => rules.all(tx), remove: (tx, name, by) => this.removeRule(tx, name, by) },
      queues,
      responders,
      chains,
    };
  }

  async all(tx: Transaction, resource: Resource): Promise<readonly NamedItem[]> {
    return (await this.kept[resource].all(tx)) as readonly NamedItem[];
  }

  async find(tx: Transaction, resource: Resource, name: string): Promise<NamedItem | null> {
    return (await this.all(tx, resource)).find((item) => item.name === name) ?? null;
  }

  /** Adds the item or makes the stored one equal to it; in an ordered list it keeps its place, or comes last but for the default. */
  async save(tx: Transaction, resource: Resource, item: NamedItem, by: CurrentUser): Promise<void> {
    const file = { [resource]: [item] } as DeskFile;
    await this.deskFiles.apply(tx, { file, refuse }, by);
  }

  async remove(tx: Transaction, resource: Resource, name: string, by: CurrentUser): Promise<void> {
    await this.kept[resource].remove(tx, name, by);
  }

  private async removeRule(tx: Transaction, name: string, by: CurrentUser): Promise<void> {
    const rules = await this.rules.all(tx);
    const others = rules.filter((rule) => rule.name !== name);
    if (others.length === rules.length) throw Problem.notFound(`There is no rule named ${name}.`);
    if (rules.at(-1)?.name === name) {
      throw Problem.conflict(
        `${name} is the rule for everything else. Put another one in its place instead of removing it.`,
      );
    }
    await this.rules.saveAll(tx, others, by);
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
