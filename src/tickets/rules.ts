import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { decide, explainRules, type Request, type Rule, type RuleExplained } from './rules/match.js';
import { OpenHours } from './rules/open-hours.js';
import type { RuleEffect } from './ticket-events.js';

export type RuleItem = Rule;
export type { Request as RuleRequest, RuleConditions, RuleExplained } from './rules/match.js';

/** When a request came, and from whose organisation: by that its support hours are known. */
export interface Where {
  readonly organisationId: string | null;
  readonly at: Date;
}

/** What the rules say of a request, each of them, and what is decided. */
export interface RulesExplained {
  readonly inHours: boolean;
  readonly rules: readonly RuleExplained[];
  readonly decision: Assigned;
}

/** What was decided about a new request, and by which rule. */
export interface Assigned {
  readonly rule: string;
  readonly why: string;
  readonly set: RuleEffect & { readonly level: string; readonly queue: string };
}

/** The ordered list of rules that gives a new ticket its level, its queue and more. First match wins. */
@Injectable()
export class Rules {
  constructor(
    private readonly openHours: OpenHours,
    private readonly audit: Audit,
  ) {}

  async all(tx: Transaction): Promise<RuleItem[]> {
    const rows = await tx.query<{ name: string; when: Rule['when'] | null; then: RuleEffect }>(
      `select name, "when", "then" from rule order by position`,
    );
    return rows.map(({ name, when, then }) => ({ name, ...(when === null ? {} : { when }), then }));
  }

  /** Replaces the whole list. Its last rule stands for everything else: it asks nothing and names a level and a queue. */
  async saveAll(tx: Transaction, rules: readonly RuleItem[], by: AuditedBy): Promise<void> {
    const before = await this.all(tx);
    if (isDeepStrictEqual(before, rules)) return;

    await this.refuseFaults(tx, rules);

    await tx.query(`delete from rule`);
    await tx.query(
      `insert into rule (position, name, "when", "then")
       select position, name, nullif("when", 'null'), "then"
       from unnest($1::text[], $2::jsonb[], $3::jsonb[]) with ordinality as item (name, "when", "then", position)`,
      [
        rules.map(({ name }) => name),
        rules.map(({ when }) => JSON.stringify(when ?? null)),
        rules.map(({ then }) => JSON.stringify(then)),
      ],
    );
    await this.audit.record(tx, { by, action: 'rules.changed', subject: 'rules', data: { from: before, to: rules } });
  }

  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const rules = await this.all(tx);
    const others = rules.filter((rule) => rule.name !== name);
    if (others.length === rules.length) throw Problem.notFound(`There is no rule named ${name}.`);
    if (rules.at(-1)?.name === name) {
      throw Problem.conflict(
        `${name} is the rule for everything else. Put another one in its place instead of removing it.`,
      );
    }
    await this.saveAll(tx, others, by);
  }

  /** Asks the rules about a request. What the rule that decides leaves open, the last rule answers. */
  async decide(tx: Transaction, request: Omit<Request, 'inHours'>, where: Where): Promise<Assigned> {
    const rules = await tx.setting('rules', () => this.all(tx));
    const asksForHours = rules.some(({ when }) => when?.inHours !== undefined);
    const inHours = asksForHours && (await this.openHours.isOpen(tx, where, request.queue));
    return decided(rules, { ...request, inHours });
  }

  /** What each rule says of a request, and what `decide` would decide: of the rules that hold, or of these, which nobody has saved. */
  async explain(
    tx: Transaction,
    request: Omit<Request, 'inHours'>,
    where: Where,
    unsaved?: readonly RuleItem[],
  ): Promise<RulesExplained> {
    if (unsaved !== undefined) await this.refuseFaults(tx, unsaved);
    const rules = unsaved ?? (await this.all(tx));
    const inHours = await this.openHours.isOpen(tx, where, request.queue);
    const asked = { ...request, inHours };
    return { inHours, rules: explainRules(rules, asked), decision: decided(rules, asked) };
  }

  private async refuseFaults(tx: Transaction, rules: readonly RuleItem[]): Promise<void> {
    const faults = [...faultsOfOrder(rules), ...(await this.faultsOfNames(tx, rules))];
    if (faults.length > 0) throw Problem.invalid('These rules cannot stand as they are.', faults);
  }

  private async faultsOfNames(tx: Transaction, rules: readonly RuleItem[]): Promise<FieldFault[]> {
    const [known] = await tx.query<{ levels: string[]; queues: string[]; teams: string[]; staff: string[] }>(
      `select array(select name from level) as levels, array(select name from queue) as queues,
         array(select name from team) as teams,
         array(select email from app_user where role <> 'customer' and disabled_at is null and not service) as staff`,
    );
    const { levels = [], queues = [], teams = [], staff = [] } = known ?? {};
    const unknown = (field: string, names: readonly string[], there: readonly string[]): FieldFault[] =>
      names.filter((name) => !there.includes(name)).map((name) => ({ field, detail: `${name} is not known here` }));

    return rules.flatMap(({ when, then }, index) => [
      ...unknown(`rules[${index}].when.queue`, when?.queue ?? [], queues),
      ...unknown(`rules[${index}].when.chosenLevel`, when?.chosenLevel ?? [], levels),
      ...unknown(`rules[${index}].then.level`, then.level === undefined ? [] : [then.level], levels),
      ...unknown(`rules[${index}].then.queue`, then.queue === undefined ? [] : [then.queue], queues),
      ...unknown(`rules[${index}].then.team`, then.team === undefined ? [] : [then.team], teams),
      ...unknown(
        `rules[${index}].then.assignee`,
        then.assignee === undefined ? [] : [then.assignee.toLowerCase()],
        staff,
      ),
    ]);
  }
}

function decided(rules: readonly RuleItem[], request: Request): Assigned {
  const decision = decide(rules, request);
  const otherwise = rules.at(-1)?.then;
  const level = decision?.set.level ?? otherwise?.level;
  const queue = decision?.set.queue ?? otherwise?.queue;
  if (!decision || level === undefined || queue === undefined) {
    throw new Error('No assignment rule applies to this request, and there is no last rule that stands for all.');
  }
  return { ...decision, set: { ...decision.set, level, queue } };
}

function faultsOfOrder(rules: readonly RuleItem[]): FieldFault[] {
  const last = rules.at(-1);
  if (!last) return [{ field: 'rules', detail: 'must hold at least the rule for everything else' }];

  return [
    ...rules.flatMap(({ name, when }, index) => [
      ...(when === undefined && index < rules.length - 1
        ? [{ field: `rules[${index}].when`, detail: 'is missing: only the last rule stands for everything else' }]
        : []),
      ...(rules.findIndex((other) => other.name === name) < index
        ? [{ field: `rules[${index}].name`, detail: `${name} is there twice` }]
        : []),
    ]),
    ...(last.when === undefined
      ? []
      : [{ field: `rules[${rules.length - 1}].when`, detail: 'the last rule must have none' }]),
    ...(last.then.level === undefined || last.then.queue === undefined
      ? [{ field: `rules[${rules.length - 1}].then`, detail: 'the last rule must name a level and a queue' }]
      : []),
  ];
}
