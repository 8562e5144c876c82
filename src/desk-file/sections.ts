import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Organisations, type OrganisationItem } from '../customers/organisations.js';
import { Chains, type ChainEntry } from '../escalation/chains.js';
import { Responders, type ResponderEntry } from '../escalation/responders.js';
import { Providers, type ProviderEntry } from '../escalation/providers.js';
import { HeartbeatMonitors, type HeartbeatEntry } from '../escalation/heartbeat-monitors.js';
import { Rotas, type RotaEntry } from '../escalation/rotas.js';
import { Audit, type AuditedBy } from '../identity/audit.js';
import { Users, type UserEntry } from '../identity/users.js';
import { Mailboxes, type MailboxToSave } from '../mail/mailboxes.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Policies, type PolicyItem } from '../sla/policies.js';
import { Calendars, type CalendarItem } from '../support-hours/calendars.js';
import { Teams, type TeamItem } from '../teams/teams.js';
import { Levels, type LevelItem } from '../tickets/levels.js';
import { Queues, type QueueItem } from '../tickets/queues.js';
import { Rules, type RuleItem } from '../tickets/rules.js';
import { Webhooks, type WebhookEntry } from '../webhooks/webhooks.js';
import type { Item, SectionName } from './desk-file.js';
import { pathOf, type DeskFileFault } from './desk-file-problem.js';
import { ordered } from './ordered.js';

/** How one section of the file is kept, by the context that owns it. */
export interface Section {
  readonly all: (tx: Transaction) => Promise<readonly Item[]>;
  /** Saves what a file says, and answers what the context refuses; the paths begin with the index of the item. */
  readonly save: (tx: Transaction, items: readonly Item[], by: AuditedBy) => Promise<DeskFileFault[]>;
}

/** Which context keeps which section of the desk file. */
@Injectable()
export class Sections {
  private readonly sections: Readonly<Record<SectionName, Section>>;

  constructor(
    calendars: Calendars,
    providers: Providers,
    responders: Responders,
    rotas: Rotas,
    chains: Chains,
    organisations: Organisations,
    users: Users,
    teams: Teams,
    levels: Levels,
    queues: Queues,
    private readonly mailboxes: Mailboxes,
    policies: Policies,
    rules: Rules,
    webhooks: Webhooks,
    heartbeats: HeartbeatMonitors,
    private readonly audit: Audit,
  ) {
    this.sections = {
      calendars: oneByOne(
        (tx) => calendars.all(tx),
        (tx, item: CalendarItem, by) => calendars.save(tx, item, by),
      ),
      providers: oneByOne(
        (tx) => providers.all(tx),
        (tx, item: ProviderEntry, by) => providers.save(tx, item, by),
      ),
      responders: oneByOne(
        (tx) => responders.all(tx),
        (tx, item: ResponderEntry, by) => responders.save(tx, item, by),
      ),
      rotas: oneByOne(
        (tx) => rotas.all(tx),
        (tx, item: RotaEntry, by) => rotas.save(tx, item, by),
      ),
      chains: oneByOne(
        (tx) => chains.all(tx),
        (tx, item: ChainEntry, by) => chains.save(tx, item, by),
      ),
      organisations: oneByOne(
        (tx) => organisations.all(tx),
        (tx, item: OrganisationItem, by) => organisations.save(tx, item, by),
      ),
      users: oneByOne(
        (tx) => users.all(tx),
        (tx, { disabled, ...user }: UserEntry, by) =>
          users.save(tx, { ...user, ...(disabled === true && { disabled }) }, by),
      ),
      teams: oneByOne(
        (tx) => teams.all(tx),
        (tx, item: TeamItem, by) => teams.save(tx, item, by),
      ),
      levels: oneByOne(
        (tx) => levels.all(tx),
        (tx, item: LevelItem, by) => levels.save(tx, item, by),
      ),
      queues: oneByOne(
        (tx) => queues.all(tx),
        (tx, item: QueueItem, by) => queues.save(tx, item, by),
      ),
      mailboxes: oneByOne(
        (tx) => mailboxes.all(tx),
        (tx, item: MailboxToSave, by) => this.saveMailbox(tx, item, by),
      ),
      policies: whole<PolicyItem>(
        (tx) => policies.all(tx),
        (tx, items, by) => policies.saveAll(tx, items, by),
        ({ match }) => match === undefined,
      ),
      rules: whole<RuleItem>(
        (tx) => rules.all(tx),
        (tx, items, by) => rules.saveAll(tx, items, by),
        ({ when }) => when === undefined,
      ),
      webhooks: oneByOne(
        (tx) => webhooks.all(tx),
        (tx, item: WebhookEntry, by) => webhooks.save(tx, item, by),
      ),
      heartbeats: oneByOne(
        (tx) => heartbeats.all(tx),
        (tx, item: HeartbeatEntry, by) => heartbeats.save(tx, item, by),
      ),
    };
  }

  of(section: SectionName): Section {
    return this.sections[section];
  }

  /** The desk's support address is a mailbox without being listed; to say what holds anyway changes nothing. */
  private async saveMailbox(tx: Transaction, { address, name, ...ways }: MailboxToSave, by: AuditedBy): Promise<void> {
    const there = (await this.mailboxes.all(tx)).find((mailbox) => mailbox.address === address.trim().toLowerCase());
    const isNamed = there !== undefined && (name === undefined || name === there.name);
    if (isNamed && Object.keys(ways).length === 0) return;

    await this.mailboxes.save(tx, { ...ways, address, name: name ?? there?.name ?? '' }, by.name);
    const after = (await this.mailboxes.all(tx)).find((mailbox) => mailbox.address === address.trim().toLowerCase());
    const given = [ways.imap?.password, ways.imap?.oauth?.clientSecret, ways.imap?.oauth?.refreshToken];
    if (isDeepStrictEqual(there, after) && given.every((secret) => secret === undefined)) return;

    await this.audit.record(tx, {
      by,
      action: there === undefined ? 'mailbox.added' : 'mailbox.changed',
      subject: `mailbox ${address.trim().toLowerCase()}`,
      data: { from: there ?? null, to: after ?? null },
    });
  }
}

function oneByOne<Entry>(
  all: (tx: Transaction) => Promise<readonly Entry[]>,
  saveOne: (tx: Transaction, item: Entry, by: AuditedBy) => Promise<unknown>,
): Section {
  return {
    all: async (tx) => (await all(tx)) as unknown as readonly Item[],
    save: async (tx, items, by) => {
      const faults: DeskFileFault[] = [];
      for (const [index, item] of items.entries()) {
        const refused = await refusal(() => saveOne(tx, item as unknown as Entry, by));
        faults.push(...refused.map(({ path, detail }) => ({ path: [index, ...path], detail })));
      }
      return faults;
    },
  };
}

/** A list in which the order counts is saved as a whole, with what the file does not name. */
function whole<Entry extends { readonly name: string }>(
  all: (tx: Transaction) => Promise<readonly Entry[]>,
  saveAll: (tx: Transaction, items: readonly Entry[], by: AuditedBy) => Promise<unknown>,
  isForEverythingElse: (entry: Entry) => boolean,
): Section {
  return {
    all: async (tx) => await all(tx),
    save: async (tx, items, by) => {
      const given = items as unknown as readonly Entry[];
      const list = ordered(await all(tx), given, isForEverythingElse);
      const refused = await refusal(() => saveAll(tx, list, by));
      return refused.map((fault) => inTheFile(fault, list, given));
    },
  };
}

/** What a context has against something, in its words; nothing if it took it. */
async function refusal(save: () => Promise<unknown>): Promise<Refused[]> {
  try {
    await save();
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.faults.length === 0) return [{ path: [], detail: error.detail, whole: error.detail }];
    return error.faults.map(({ field, detail }) => ({
      path: pathOf(field),
      detail,
      whole: error.detail.includes(detail) ? error.detail : `${error.detail} ${field}: ${detail}`,
    }));
  }
}

interface Refused extends DeskFileFault {
  /** The same where the place alone does not tell what is meant. */
  readonly whole: string;
}

/** `rules[3].then.level` of the whole list, at its place among the items of the file; what is not among them has none. */
function inTheFile(
  { path, detail, whole }: Refused,
  list: readonly { name: string }[],
  given: readonly { name: string }[],
): DeskFileFault {
  const at = path.findIndex((step) => typeof step === 'number');
  const name = list[Number(path[at])]?.name;
  const index = given.findIndex((entry) => entry.name === name);
  return at === -1 || index === -1 ? { path: [], detail: whole } : { path: [index, ...path.slice(at + 1)], detail };
}
