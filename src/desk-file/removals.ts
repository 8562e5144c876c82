import { Injectable } from '@nestjs/common';
import { Organisations } from '../customers/organisations.js';
import { DeskStore } from '../desk/desk.store.js';
import { Chains } from '../escalation/chains.js';
import { Providers } from '../escalation/providers.js';
import { HeartbeatMonitors } from '../escalation/heartbeat-monitors.js';
import { Responders } from '../escalation/responders.js';
import { Rotas } from '../escalation/rotas.js';
import { Audit, type AuditedBy } from '../identity/audit.js';
import { Users } from '../identity/users.js';
import { Mailboxes } from '../mail/mailboxes.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Policies } from '../sla/policies.js';
import { Calendars } from '../support-hours/calendars.js';
import { Teams } from '../teams/teams.js';
import { Levels } from '../tickets/levels.js';
import { Queues } from '../tickets/queues.js';
import { Rules } from '../tickets/rules.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { nameOf, ONE, sameName, type SectionName } from './desk-file.js';
import { DeskFiles } from './desk-files.js';
import { leaningOn, nameAs } from './leaning.js';

type Remove = (tx: Transaction, name: string, by: AuditedBy) => Promise<void>;

/** Removing things of the desk, one by one: a desk file does not remove what it does not name. */
@Injectable()
export class Removals {
  private readonly removers: Readonly<Record<SectionName, Remove>>;

  constructor(
    private readonly files: DeskFiles,
    private readonly desk: DeskStore,
    private readonly mailboxes: Mailboxes,
    private readonly rules: Rules,
    private readonly audit: Audit,
    calendars: Calendars,
    levels: Levels,
    policies: Policies,
    queues: Queues,
    providers: Providers,
    responders: Responders,
    rotas: Rotas,
    chains: Chains,
    organisations: Organisations,
    users: Users,
    teams: Teams,
    webhooks: Webhooks,
    heartbeats: HeartbeatMonitors,
  ) {
    this.removers = {
      calendars: (tx, name, by) => calendars.remove(tx, name, by),
      levels: (tx, name, by) => levels.remove(tx, name, by),
      policies: (tx, name, by) => policies.remove(tx, name, by),
      rules: (tx, name, by) => this.removeRule(tx, name, by),
      queues: (tx, name, by) => queues.remove(tx, name, by),
      providers: (tx, name, by) => providers.remove(tx, name, by),
      responders: (tx, name, by) => responders.remove(tx, name, by),
      rotas: (tx, name, by) => rotas.remove(tx, name, by),
      chains: (tx, name, by) => chains.remove(tx, name, by),
      organisations: (tx, name, by) => organisations.remove(tx, name, by),
      users: (tx, name, by) => users.remove(tx, name, by),
      teams: (tx, name, by) => teams.remove(tx, name, by),
      webhooks: (tx, name, by) => webhooks.remove(tx, name, by),
      heartbeats: (tx, name, by) => heartbeats.remove(tx, name, by),
      mailboxes: (tx, name, by) => this.removeMailbox(tx, name, by),
    };
  }

  /** Removes a thing that nothing leans on; otherwise a Problem says what does. */
  async remove(tx: Transaction, section: SectionName, given: string, by: AuditedBy): Promise<void> {
    await this.files.holdStill(tx);
    const name = nameAs(section, given);
    const there = (await this.files.items(tx, section)).some((item) => sameName(section, nameOf(section, item), name));
    if (!there) throw Problem.notFound(`There is no ${ONE[section]} named ${name}.`);

    const leaning = leaningOn(await this.files.whole(tx), section, name);
    if (leaning.length > 0) {
      const detail = `The ${ONE[section]} ${name} cannot be removed: ${listed(leaning.map(({ what }) => what))} ${leaning.length === 1 ? 'leans' : 'lean'} on it.`;
      throw Problem.conflict(detail);
    }
    await this.removers[section](tx, name, by);
  }

  private async removeRule(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const rules = await this.rules.all(tx);
    if (rules.at(-1)?.name === name) {
      throw Problem.conflict(
        `${name} is the rule for everything else. Put another one in its place instead of removing it.`,
      );
    }
    const others = rules.filter((rule) => rule.name !== name);
    await this.rules.saveAll(tx, others, by);
  }

  private async removeMailbox(tx: Transaction, address: string, by: AuditedBy): Promise<void> {
    const { supportAddress } = await this.desk.readIn(tx);
    if (address === supportAddress) {
      throw Problem.conflict(`${address} is the desk's own address. Give the desk another one before you remove it.`);
    }
    const before = (await this.mailboxes.all(tx)).find((mailbox) => mailbox.address === address);
    await this.mailboxes.remove(tx, address);
    await this.audit.record(tx, {
      by,
      action: 'mailbox.removed',
      subject: `mailbox ${address}`,
      data: { from: before },
    });
  }
}

function listed(names: readonly string[]): string {
  const most = 5;
  const shown = names.slice(0, most);
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
