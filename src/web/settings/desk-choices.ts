import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { FieldFault } from '../../platform/problems/problem.js';

/** What the forms of the settings let choose from. */
export interface Choices {
  readonly calendars: readonly string[];
  readonly chains: readonly string[];
  readonly levels: readonly { readonly name: string; readonly title: string }[];
  readonly queues: readonly string[];
  readonly organisations: readonly string[];
  readonly tiers: readonly string[];
  readonly teams: readonly string[];
  readonly mailboxes: readonly string[];
  readonly staff: readonly { readonly email: string; readonly name: string }[];
}

@Injectable()
export class DeskChoices {
  constructor(private readonly database: Database) {}

  async read(): Promise<Choices> {
    const [row] = await this.database.query<Choices>(
      `select array(select name from calendar order by name collate "und-x-icu") as calendars,
         array(select name from chain order by name collate "und-x-icu") as chains,
         coalesce((select json_agg(json_build_object('name', name, 'title', title) order by position, name) from level), '[]') as levels,
         array(select name from queue order by name collate "und-x-icu") as queues,
         array(select name from organisation order by name collate "und-x-icu" limit 2000) as organisations,
         array(select distinct tier from organisation where tier is not null order by tier) as tiers,
         array(select name from team order by name collate "und-x-icu") as teams,
         array(select address from mailbox order by address) as mailboxes,
         coalesce((select json_agg(json_build_object('email', email, 'name', name) order by name collate "und-x-icu", email)
           from app_user where role <> 'customer' and disabled_at is null and not service), '[]') as staff`,
    );
    if (row === undefined) throw new Error('A query without a table answered nothing.');
    return row;
  }

  /** The organisations among these that are not there: a condition with a misspelt name would never hold, and nobody would see why. */
  async faultsOfOrganisations(field: string, names: readonly string[]): Promise<FieldFault[]> {
    const unknown = await this.database.query<{ name: string }>(
      `select name from unnest($1::text[]) as given (name)
       where not exists (select from organisation where lower(organisation.name) = lower(given.name))`,
      [names],
    );
    return unknown.map(({ name }) => ({ field, detail: `There is no organisation named ${name}.` }));
  }
}
