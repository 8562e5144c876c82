import type { OrganisationItem } from '../customers/organisations.js';
import type { ChainEntry } from '../escalation/chains.js';
import type { ResponderEntry } from '../escalation/responders.js';
import type { ProviderEntry } from '../escalation/providers.js';
import type { HeartbeatEntry } from '../escalation/heartbeat-monitors.js';
import type { RotaEntry } from '../escalation/rotas.js';
import type { UserEntry } from '../identity/users.js';
import type { MailboxToSave } from '../mail/mailboxes.js';
import type { PolicyItem } from '../sla/policies.js';
import type { CalendarItem } from '../support-hours/calendars.js';
import type { TeamItem } from '../teams/teams.js';
import type { LevelItem } from '../tickets/levels.js';
import type { QueueItem } from '../tickets/queues.js';
import type { RuleItem } from '../tickets/rules.js';
import type { WebhookEntry } from '../webhooks/webhooks.js';

/** The desk itself, as its file says it. */
export interface DeskEntry {
  readonly name?: string;
  readonly timezone?: string;
  /** Of letters to people of whom nothing else is known. */
  readonly language?: string;
  readonly supportAddress?: string;
  /** Name of the calendar that counts where nobody else says which. */
  readonly calendar?: string;
}

/** What a desk file can hold, as desk-file.schema.json describes it. */
export interface DeskFile {
  readonly desk?: DeskEntry;
  readonly calendars?: readonly CalendarItem[];
  readonly providers?: readonly ProviderEntry[];
  readonly responders?: readonly ResponderEntry[];
  readonly rotas?: readonly RotaEntry[];
  readonly chains?: readonly ChainEntry[];
  readonly organisations?: readonly OrganisationItem[];
  readonly users?: readonly UserEntry[];
  readonly teams?: readonly TeamItem[];
  readonly levels?: readonly LevelItem[];
  readonly queues?: readonly QueueItem[];
  readonly mailboxes?: readonly MailboxToSave[];
  readonly policies?: readonly PolicyItem[];
  readonly rules?: readonly RuleItem[];
  readonly webhooks?: readonly WebhookEntry[];
  readonly heartbeats?: readonly HeartbeatEntry[];
}

export type SectionName = Exclude<keyof DeskFile, 'desk'>;

/** In the order in which they are applied: what is named by others comes before them. */
export const SECTIONS = [
  'calendars',
  'providers',
  'responders',
  'rotas',
  'chains',
  'organisations',
  'users',
  'teams',
  'levels',
  'queues',
  'mailboxes',
  'policies',
  'rules',
  'webhooks',
  'heartbeats',
] as const satisfies readonly SectionName[];

/** One thing of a section, whatever it is. */
export type Item = Readonly<Record<string, unknown>>;

/** What one of each section is called in a sentence. */
export const ONE: Readonly<Record<SectionName, string>> = {
  calendars: 'calendar',
  providers: 'provider',
  responders: 'responder',
  rotas: 'rota',
  chains: 'chain',
  organisations: 'organisation',
  users: 'user',
  teams: 'team',
  levels: 'level',
  queues: 'queue',
  mailboxes: 'mailbox',
  policies: 'policy',
  rules: 'rule',
  webhooks: 'webhook',
  heartbeats: 'heartbeat',
};

/** By what things are told apart: people and mailboxes by address, all else by name. */
export function nameOf(section: SectionName, item: Item): string {
  const name = item[section === 'users' ? 'email' : section === 'mailboxes' ? 'address' : 'name'];
  const text = typeof name === 'string' ? name.trim() : '';
  return ['users', 'mailboxes'].includes(section) ? text.toLowerCase() : text;
}

/** Whether two names mean the same thing; organisations are known in any case of letters. */
export function sameName(section: SectionName, one: string, other: string): boolean {
  return section === 'organisations' ? one.toLowerCase() === other.toLowerCase() : one === other;
}

/** The things that a file holds in one section. */
export function itemsOf(file: DeskFile, section: SectionName): readonly Item[] {
  return (file[section] ?? []) as unknown as readonly Item[];
}
