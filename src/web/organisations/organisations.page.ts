import { Injectable } from '@nestjs/common';
import type { OrganisationItem } from '../../customers/organisations.js';
import { Database } from '../../platform/database/database.js';
import type { TicketStatus } from '../../tickets/status.js';
import { pagesOf } from '../people/pages-of.js';
import { statusMark } from '../tickets/marks.js';

const PER_PAGE = 50;
const NEWEST = 15;
const CONTACTS = 100;

export interface OrganisationsState {
  readonly q: string;
  readonly tier: string;
  readonly page: number;
}

interface ListRow {
  readonly name: string;
  readonly tier: string | null;
  readonly domains: readonly string[];
  readonly calendar: string | null;
  readonly contacts: number;
  readonly open: number;
  readonly total: number;
}

interface ContactRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly seesOrganisation: boolean;
  readonly undeliverableAt: Date | null;
  readonly undeliverableReason: string | null;
  readonly tickets: number;
}

interface TicketRow {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly level: string;
  readonly requester: string;
  readonly updatedAt: Date;
}

const LIVING = `status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null`;

/** The firms that customers come from: the list, and who and what belongs to one. */
@Injectable()
export class OrganisationsPage {
  constructor(private readonly database: Database) {}

  async list(state: OrganisationsState): Promise<object> {
    const { q, tier, page } = state;
    const rows = await this.database.query<ListRow>(
      `select o.name, o.tier, o.domains, calendar.name as calendar, count(*) over ()::integer as total,
         (select count(*)::integer from contact where organisation_id = o.id) as contacts,
         (select count(*)::integer from ticket where organisation_id = o.id and ${LIVING}) as open
       from organisation o left join calendar on calendar.id = o.calendar_id
       where (o.name ilike $1 or exists (select from unnest(o.domains) as domain where domain ilike $1)) and ($2 = '' or o.tier = $2)
       order by o.name collate "und-x-icu" limit ${PER_PAGE} offset $3`,
      [`%${q.replace(/[\\%_]/g, '\\$&')}%`, tier, (page - 1) * PER_PAGE],
    );
    const tiers = await this.database.query<{ tier: string }>(
      `select distinct tier from organisation where tier is not null order by tier`,
    );
    return {
      title: 'Organisations',
      ...{ q, tier },
      tiers: [
        { label: 'All', href: addressOf({ q, tier: '', page: 1 }), current: tier === '' },
        ...tiers.map((one) => ({
          label: one.tier,
          href: addressOf({ q, tier: one.tier, page: 1 }),
          current: one.tier === tier,
        })),
      ],
      rows: rows.map((row) => ({ ...row, domains: row.domains.join(', '), href: pathOfOrganisation(row.name) })),
      pages: pagesOf({
        ...{ total: rows[0]?.total ?? 0, shown: rows.length, page, perPage: PER_PAGE },
        href: (wanted) => addressOf({ ...state, page: wanted }),
      }),
    };
  }

  /** Who writes from there, and what they wrote last. */
  async about({ name }: OrganisationItem): Promise<object> {
    const contacts = await this.database.query<ContactRow & { total: number }>(
      `select c.id, c.email, c.name, c.sees_organisation as "seesOrganisation", c.undeliverable_at as "undeliverableAt",
         c.undeliverable_reason as "undeliverableReason", count(*) over ()::integer as total,
         (select count(*)::integer from ticket where requester_id = c.id) as tickets
       from contact c join organisation o on o.id = c.organisation_id where o.name = $1
       order by c.undeliverable_at is null, c.name collate "und-x-icu", c.email limit ${CONTACTS}`,
      [name],
    );
    const tickets = await this.database.query<TicketRow & { total: number }>(
      `select t.number, t.subject, t.status, t.level, coalesce(nullif(c.name, ''), c.email) as requester,
         t.updated_at as "updatedAt", count(*) over ()::integer as total
       from ticket t join organisation o on o.id = t.organisation_id join contact c on c.id = t.requester_id
       where o.name = $1 order by t.updated_at desc, t.number desc limit ${NEWEST}`,
      [name],
    );
    const path = pathOfOrganisation(name);
    return {
      contacts: contacts.map((contact) => ({
        ...contact,
        title: contact.name === '' ? contact.email : contact.name,
        lift: `${path}/contacts/${contact.id}/deliverable`,
        sight: `${path}/contacts/${contact.id}/${contact.seesOrganisation ? 'own-requests' : 'all-requests'}`,
      })),
      moreContacts: Math.max(0, (contacts[0]?.total ?? 0) - contacts.length),
      tickets: tickets.map((ticket) => ({
        ...ticket,
        status: statusMark(ticket.status),
        href: `/tickets/${ticket.number}`,
      })),
      moreTickets: Math.max(0, (tickets[0]?.total ?? 0) - tickets.length),
    };
  }
}

export function pathOfOrganisation(name: string): string {
  return `/admin/organisations/${encodeURIComponent(name)}`;
}

function addressOf({ q, tier, page }: OrganisationsState): string {
  const query = new URLSearchParams({
    ...(q !== '' && { q }),
    ...(tier !== '' && { tier }),
    ...(page > 1 && { page: String(page) }),
  }).toString();
  return query === '' ? '/admin/organisations' : `/admin/organisations?${query}`;
}
