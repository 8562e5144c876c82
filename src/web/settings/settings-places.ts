import { mayActAs, type CurrentUser, type Role } from '../../identity/current-user.js';

/** A page on which something of the desk is set. */
interface SettingsPlace {
  readonly title: string;
  /** One line about what is set there. */
  readonly text: string;
  readonly path: string;
  readonly symbol: string;
  /** Who may look at it. */
  readonly role: Role;
}

interface SettingsGroup {
  readonly title: string;
  readonly places: readonly SettingsPlace[];
}

/** All places where the desk is set, as its settings list them: a new page is one line here. */
const SETTINGS: readonly SettingsGroup[] = [
  {
    title: 'Service levels',
    places: [
      {
        title: 'Levels',
        text: 'How urgent a request can be, and what is promised for it.',
        path: '/admin/levels',
        symbol: 'signal',
        role: 'manager',
      },
      {
        title: 'Calendars',
        text: 'The hours in which time counts, holidays included.',
        path: '/admin/calendars',
        symbol: 'calendar-days',
        role: 'manager',
      },
      {
        title: 'Policies',
        text: 'For whom other targets, calendars and pauses hold.',
        path: '/admin/policies',
        symbol: 'scroll-text',
        role: 'manager',
      },
      {
        title: 'Simulator',
        text: 'What the clocks of any story would show, step by step.',
        path: '/admin/simulator',
        symbol: 'flask-conical',
        role: 'agent',
      },
      {
        title: 'Back-test',
        text: 'The tickets of a period under another policy or calendar.',
        path: '/admin/back-test',
        symbol: 'history',
        role: 'manager',
      },
    ],
  },
  {
    title: 'Work',
    places: [
      {
        title: 'Rules',
        text: 'Which level, queue and assignee a new request gets, and a test of them.',
        path: '/admin/rules',
        symbol: 'list-ordered',
        role: 'manager',
      },
      {
        title: 'Queues',
        text: 'The piles of tickets, when they close, and whom they alarm.',
        path: '/admin/queues',
        symbol: 'folder',
        role: 'manager',
      },
    ],
  },
  {
    title: 'People',
    places: [
      {
        title: 'People',
        text: 'Who can sign in, as what, and from where.',
        path: '/admin/people',
        symbol: 'users',
        role: 'admin',
      },
      {
        title: 'Teams',
        text: 'Who works together, and what they have agreed.',
        path: '/admin/teams',
        symbol: 'users-round',
        role: 'manager',
      },
      {
        title: 'Organisations',
        text: 'The firms that customers come from, their tier and hours.',
        path: '/admin/organisations',
        symbol: 'building',
        role: 'manager',
      },
    ],
  },
  {
    title: 'Alarms',
    places: [
      {
        title: 'On call',
        text: 'Who is called now and in the next weeks, and who stands in.',
        path: '/admin/on-call',
        symbol: 'calendar-clock',
        role: 'agent',
      },
      {
        title: 'Responders',
        text: 'Who can be called, by which ways, and whether these work.',
        path: '/admin/responders',
        symbol: 'contact-round',
        role: 'manager',
      },
      {
        title: 'Heartbeats',
        text: 'Programs outside whose silence calls somebody.',
        path: '/admin/heartbeats',
        symbol: 'activity',
        role: 'manager',
      },
      {
        title: 'Chains',
        text: 'Who is called in which order until somebody acknowledges.',
        path: '/admin/chains',
        symbol: 'siren',
        role: 'manager',
      },
      {
        title: 'Accounts',
        text: 'Twilio and Pushover, which carry SMS, calls and pushes.',
        path: '/admin/providers',
        symbol: 'key-round',
        role: 'admin',
      },
      {
        title: '24x7 emergency contact',
        text: 'Who stands behind every chain, day and night.',
        path: '/admin/emergency-contact',
        symbol: 'phone-call',
        role: 'admin',
      },
    ],
  },
  {
    title: 'Mail',
    places: [
      {
        title: 'Mailboxes',
        text: 'The addresses that customers write to, and what is fetched from where.',
        path: '/admin/mailboxes',
        symbol: 'at-sign',
        role: 'manager',
      },
      {
        title: 'Letters',
        text: 'What the desk writes by itself, in each language, to look at.',
        path: '/admin/letters',
        symbol: 'mail-open',
        role: 'manager',
      },
      {
        title: 'Mail log',
        text: 'All that came in, and what became of it.',
        path: '/admin/mail',
        symbol: 'inbox',
        role: 'admin',
      },
      {
        title: 'Outbox',
        text: 'All that goes out, and how its delivery stands.',
        path: '/admin/outbox',
        symbol: 'send',
        role: 'admin',
      },
    ],
  },
  {
    title: 'Desk',
    places: [
      {
        title: 'This desk',
        text: 'Its name, its time zone, where customers write to, and its hours.',
        path: '/admin/desk',
        symbol: 'building-2',
        role: 'manager',
      },
      {
        title: 'Webhooks',
        text: 'Which programs are told what happens, and how that goes.',
        path: '/admin/webhooks',
        symbol: 'webhook',
        role: 'admin',
      },
      {
        title: 'Audit log',
        text: 'Who changed what, and who signed in.',
        path: '/admin/audit',
        symbol: 'history',
        role: 'admin',
      },
    ],
  },
];

export interface SettingsNavigation {
  readonly groups: readonly {
    readonly title: string;
    readonly places: readonly (Omit<SettingsPlace, 'role'> & { readonly current: boolean })[];
  }[];
  /** What the page in hand is called here; null on the index. */
  readonly current: string | null;
}

/** The settings that somebody may see, and where they are. */
export function settingsNavigation(user: CurrentUser, url: string): SettingsNavigation {
  const { pathname } = new URL(url, 'http://desk');
  const here = (path: string): boolean => pathname === path || pathname.startsWith(`${path}/`);
  const groups = SETTINGS.map(({ title, places }) => ({
    title,
    places: places
      .filter(({ role }) => mayActAs(user, role))
      .map(({ role: _role, ...place }) => ({ ...place, current: here(place.path) })),
  })).filter(({ places }) => places.length > 0);
  const current = groups.flatMap(({ places }) => places).find((place) => place.current);
  return { groups, current: current?.title ?? null };
}
