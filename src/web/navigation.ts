import { Injectable } from '@nestjs/common';
import { mayActAs, type CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import { MOST_COUNTED } from '../platform/rendering/helpers.js';
import { LIVING, queueView, TICKET_VIEWS } from './tickets/views.js';

export interface NavigationLink {
  readonly label: string;
  readonly symbol: string;
  readonly href: string;
  readonly count: number | null;
  readonly hot: boolean;
  readonly current: boolean;
}

export interface NavigationModel {
  readonly views: readonly NavigationLink[];
  readonly queues: readonly NavigationLink[];
  readonly desk: readonly NavigationLink[];
}

interface Counts {
  readonly views: readonly number[];
  readonly incidents: number;
  readonly queues: readonly { readonly name: string; readonly count: number }[];
}

const counted = TICKET_VIEWS.filter((view) => view.counted);

/** The left rail: every pile with its count as it is now. */
@Injectable()
export class Navigation {
  constructor(private readonly database: Database) {}

  async read(user: CurrentUser, url: string): Promise<NavigationModel> {
    const { views, queues, incidents } = await this.count(user);
    const { pathname, searchParams } = new URL(url, 'http://desk');
    const shown = /^\/tickets(\/\d+)?$/.test(pathname) ? (searchParams.get('view') ?? 'open') : null;
    const link = (label: string, symbol: string, href: string, count: number | null, hot = false): NavigationLink => ({
      ...{ label, symbol, href, count, hot: hot && count !== null && count > 0 },
      current: shown === null ? pathname.startsWith(href) : href === `/tickets?view=${encodeURIComponent(shown)}`,
    });
    return {
      views: TICKET_VIEWS.map(({ key, label, symbol, hot }) =>
        link(label, symbol, `/tickets?view=${key}`, views[counted.findIndex((one) => one.key === key)] ?? null, hot),
      ),
      queues: queues.map(({ name, count }) =>
        link(name, 'folder', `/tickets?view=${encodeURIComponent(queueView(name))}`, count),
      ),
      desk: [
        link('Incidents', 'siren', '/incidents', incidents, true),
        ...(mayActAs(user, 'manager') ? [link('Reports', 'chart-column', '/reports/sla', null)] : []),
        link('What we promise', 'handshake', '/sla', null),
        ...(mayActAs(user, 'manager') ? [settings(pathname)] : []),
        ...(mayActAs(user, 'admin') ? [administration(pathname)] : []),
      ],
    };
  }

  private async count({ id }: CurrentUser): Promise<Counts> {
    const columns = counted.map(({ condition }) => upToMost(`ticket where ${condition.replace('$me', '$1')}`));
    const [row] = await this.database.query<Counts>(
      `select json_build_array(${columns.join(', ')}) as views, ${upToMost(`incident where state = 'open'`)} as incidents,
         coalesce((select json_agg(json_build_object('name', queue.name, 'count', ${upToMost(`ticket where queue_id = queue.id and ${LIVING}`)})
           order by queue.name collate "und-x-icu") from queue), '[]') as queues`,
      [id],
    );
    return row ?? { views: [], incidents: 0, queues: [] };
  }
}

const upToMost = (what: string): string =>
  `(select count(*)::integer from (select from ${what} limit ${MOST_COUNTED}) as counted)`;

const settings = (pathname: string): NavigationLink => ({
  ...{ label: 'Settings', symbol: 'sliders-horizontal', href: '/admin/settings', count: null, hot: false },
  current: pathname.startsWith('/admin/'),
});

const administration = (pathname: string): NavigationLink => ({
  ...{ label: 'Administration', symbol: 'settings', href: '/admin', count: null, hot: false },
  current: pathname === '/admin',
});
