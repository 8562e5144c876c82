import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { isDefault, type Metric } from '../../sla/promises.js';
import { Policies, type PolicyItem } from '../../sla/policies.js';
import { metricName } from '../clock-chip.js';
import { targetInWords } from '../target-in-words.js';
import { linesBetween, type ChangedLine } from './change-in-words.js';
import { PROMISED } from './promised-metrics.js';

const MOST_CLOCKS = 12;

export interface PolicyRow {
  readonly name: string;
  readonly match: string | null;
  readonly says: readonly { readonly label: string; readonly within: string }[];
  readonly calendar: string | null;
  readonly version: number;
  readonly clocks: number;
  readonly tickets: number;
}

export interface PolicyVersion {
  readonly version: number;
  readonly at: Date;
  readonly by: string | null;
  readonly lines: readonly ChangedLine[];
  readonly current: boolean;
  readonly clocks: number;
}

/** What stands about policies besides themselves: what they say in words, what runs on them, and how they became what they are. */
@Injectable()
export class PoliciesPage {
  constructor(
    private readonly database: Database,
    private readonly policies: Policies,
  ) {}

  async rows(tx: Transaction): Promise<PolicyRow[]> {
    const stored = await this.policies.list(tx);
    const running = await tx.query<{ id: string; clocks: number; tickets: number }>(
      `select policy_id as id, count(*)::integer as clocks, count(distinct ticket_number)::integer as tickets from clock
       where state in ('running', 'paused') and withdrawn_at is null group by policy_id`,
    );
    return stored.map(({ id, version, definition }) => {
      const { clocks = 0, tickets = 0 } = running.find((one) => one.id === id) ?? {};
      return {
        name: definition.name,
        match: isDefault(definition) ? null : matchInWords(definition),
        says: PROMISED.flatMap(({ metric, label }) => {
          const target = definition.targets[metric];
          return target === undefined ? [] : [{ label, within: targetInWords(target).replace(/^none$/, 'off') }];
        }),
        calendar: definition.calendar ?? null,
        version,
        clocks,
        tickets,
      };
    });
  }

  /** The clocks that run on a policy, the one due next first. */
  async running(tx: Transaction, name: string): Promise<object[]> {
    const clocks = await tx.query<{
      ticket: number;
      subject: string;
      metric: Metric;
      dueAt: Date | null;
      breached: boolean;
      version: number;
    }>(
      `select ticket.number as ticket, ticket.subject, clock.metric, clock.due_at as "dueAt",
         clock.breached_at is not null as breached, clock.policy_version as version
       from clock join policy on policy.id = clock.policy_id join ticket on ticket.number = clock.ticket_number
       where policy.name = $1 and clock.state in ('running', 'paused') and clock.withdrawn_at is null
       order by clock.due_at nulls last, clock.id limit ${MOST_CLOCKS}`,
      [name],
    );
    return clocks.map(({ metric, ...clock }) => ({ ...clock, metric: metricName(metric) }));
  }

  /** Its versions, the newest first, each with what it changed of the one before. */
  async versions(name: string): Promise<PolicyVersion[]> {
    const rows = await this.database.query<{
      version: number;
      at: Date;
      definition: PolicyItem;
      by: string | null;
      current: boolean;
      clocks: number;
    }>(
      `select version.version, version.created_at as at, version.definition, version.version = policy.current_version as current,
         (select count(*)::integer from clock where clock.policy_id = policy.id and clock.policy_version = version.version) as clocks,
         (select audit_entry.by ->> 'name' from audit_entry where audit_entry.subject = 'policy ' || policy.name
            and (audit_entry.data ->> 'version')::integer = version.version order by audit_entry.id desc limit 1) as by
       from policy_version as version join policy on policy.id = version.policy_id
       where policy.name = $1 order by version.version`,
      [name],
    );
    return rows
      .map(({ definition, ...row }, index) => ({
        ...row,
        lines: index === 0 ? [] : linesBetween('policy', rows[index - 1]?.definition, definition),
      }))
      .reverse();
  }
}

/** `level L1 or L2, tier Gold` */
export function matchInWords({ match = {} }: PolicyItem): string {
  return Object.entries(match)
    .flatMap(([asked, values]) => (values === undefined ? [] : [`${asked} ${[values].flat().join(' or ')}`]))
    .join(', ');
}
