import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Audit, theDeskItself, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { REPEAT_EVERY_MINUTES, type Chain } from './chain/chain.js';

/** The chain that applies where neither policy nor queue names one. */
export const DESKS_CHAIN = 'Default';

/** A chain as the desk file and the API say it. */
export interface ChainEntry {
  readonly name: string;
  readonly steps: readonly { readonly afterMinutes: number; readonly notify: readonly string[] }[];
  readonly repeatEveryMinutes?: number;
  readonly restartAfterMinutes?: number;
}

const minutes = (from: number): z.ZodNumber => {
  const words = `must be a number of minutes from ${from} to 10080`;
  return z.number(words).min(from, words).max(10_080, words);
};

const chainEntry = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'may have 100 characters at the most'),
  steps: z
    .array(
      z.strictObject({ afterMinutes: minutes(0), notify: z.array(z.string().trim()).max(50, 'may be 50 at the most') }),
    )
    .max(50, 'may be 50 at the most'),
  repeatEveryMinutes: minutes(1).optional(),
  restartAfterMinutes: minutes(5).optional(),
});

const SELECT = `select name, definition->'steps' as steps, (definition->>'repeatEveryMinutes')::float8 as "repeatEveryMinutes",
  (definition->>'restartAfterMinutes')::float8 as "restartAfterMinutes"
  from chain`;

/** Whom to notify in which order. */
@Injectable()
export class Chains {
  constructor(private readonly audit: Audit) {}

  /** All, in the desk file's shape. */
  async all(tx: Transaction): Promise<ChainEntry[]> {
    return (await this.list(tx)).map(({ name, steps, repeatEveryMinutes, restartAfterMinutes }) => ({
      ...{ name: name ?? '', steps, repeatEveryMinutes },
      ...(typeof restartAfterMinutes === 'number' && { restartAfterMinutes }),
    }));
  }

  async list(tx: Transaction): Promise<Chain[]> {
    return tx.query<Chain>(`${SELECT} order by name collate "und-x-icu"`);
  }

  /** Adds the chain or makes the stored one equal to `entry`. Incidents under way keep the chain they opened with. */
  async save(
    tx: Transaction,
    entry: ChainEntry,
    by: AuditedBy = theDeskItself,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const { name, steps, repeatEveryMinutes = REPEAT_EVERY_MINUTES, restartAfterMinutes } = checked(entry);
    await this.knowAll(tx, name, steps);
    const definition = JSON.stringify({ steps, repeatEveryMinutes, restartAfterMinutes });
    const [before] = await tx.query<{ same: boolean; definition: unknown }>(
      `select definition = $2::jsonb as same, definition from chain where name = $1 for update`,
      [name, definition],
    );
    if (before?.same === true) return 'unchanged';

    await tx.query(
      `insert into chain (name, definition) values ($1, $2)
       on conflict on constraint chain_name_is_unique do update set definition = excluded.definition`,
      [name, definition],
    );
    const action = before === undefined ? 'chain.added' : 'chain.changed';
    const data = { from: before?.definition ?? null, to: JSON.parse(definition) as unknown };
    await this.audit.record(tx, { by, action, subject: `chain ${name}`, data });
    return before === undefined ? 'added' : 'changed';
  }

  /** Removes a chain that nobody names. Incidents under way keep theirs. */
  async remove(tx: Transaction, name: string, by: AuditedBy = theDeskItself): Promise<void> {
    if (name === DESKS_CHAIN) {
      throw Problem.conflict(`The chain ${name} cannot be removed: it applies where nobody names another.`);
    }
    const [user] = await tx.query<{ what: string }>(
      `select 'queue ' || name as what from queue where chain = $1
       union all
       select 'policy ' || name from policy join policy_version on policy_id = policy.id and version = current_version
       where removed_at is null and definition ->> 'chain' = $1
       limit 1`,
      [name],
    );
    if (user !== undefined)
      throw Problem.conflict(`The ${user.what} names the chain ${name}, so it cannot be removed.`);

    const [removed] = await tx.query<{ definition: unknown }>(
      `delete from chain where name = $1 returning definition`,
      [name],
    );
    if (removed === undefined) throw Problem.notFound(`There is no chain named ${name}.`);
    const data = { from: removed.definition };
    await this.audit.record(tx, { by, action: 'chain.removed', subject: `chain ${name}`, data });
  }

  private async knowAll(tx: Transaction, chain: string, steps: ChainEntry['steps']): Promise<void> {
    const known = new Set(
      (await tx.query<{ name: string }>(`select name from responder union select name from rota`)).map(
        ({ name }) => name,
      ),
    );
    const faults = steps.flatMap(({ notify }, step) =>
      notify.flatMap((name, index) =>
        known.has(name)
          ? []
          : [
              {
                field: `steps.${step}.notify.${index}`,
                detail: `There is no responder and no rota ${JSON.stringify(name)}.`,
              },
            ],
      ),
    );
    if (faults.length > 0) {
      const words = faults.map(({ detail }) => detail).join(' ');
      throw Problem.invalid(`The chain ${JSON.stringify(chain)} cannot be saved. ${words}`, faults);
    }
  }
}

function checked(entry: ChainEntry): z.output<typeof chainEntry> {
  const { data, error } = chainEntry.safeParse(entry);
  if (data !== undefined) return data;

  const faults = error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  const detail = faults.map(({ field, detail: fault }) => `${field} ${fault}`).join('; ');
  throw Problem.invalid(`The chain ${JSON.stringify(entry.name)} cannot be saved: ${detail}.`, faults);
}
