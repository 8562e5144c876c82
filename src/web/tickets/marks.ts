import type { TicketStatus } from '../../tickets/status.js';

export interface StatusMark {
  readonly name: TicketStatus;
  readonly symbol: string;
  readonly label: string;
}

const STATUSES: Record<TicketStatus, Omit<StatusMark, 'name'>> = {
  new: { symbol: 'circle-plus', label: 'New' },
  open: { symbol: 'circle-dot', label: 'Open' },
  waiting: { symbol: 'hourglass', label: 'Waiting' },
  'on-hold': { symbol: 'circle-pause', label: 'On hold' },
  resolved: { symbol: 'circle-check', label: 'Resolved' },
  closed: { symbol: 'circle-minus', label: 'Closed' },
  spam: { symbol: 'ban', label: 'Spam' },
};

export function statusMark(name: TicketStatus): StatusMark {
  return { name, ...STATUSES[name] };
}

export interface LevelMark {
  readonly name: string;
  /** 1 is the most urgent. */
  readonly rank: number;
  readonly title: string;
}

const CHANNELS = { mail: 'E-mail', form: 'Web form', api: 'API', agent: 'Entered by staff' } as const;

export function channelName(channel: keyof typeof CHANNELS): string {
  return CHANNELS[channel];
}
