import { z } from 'zod';
import type { BackTestAsked } from '../../sla/back-test.js';
import type { SentForm } from '../forms.js';
import { givenIn } from '../forms.js';
import { shownPeriod } from '../reports/period.js';

/** The sections of the desk file that decide what is promised, for editing them in the form. */
export const INSERTABLE = ['policies', 'levels', 'calendars'] as const;

export interface WhatIfForm {
  readonly from: string;
  readonly to: string;
  readonly level: string;
  readonly queue: string;
  readonly organisation: string;
  readonly policy: string;
  readonly calendar: string;
  readonly file: string;
}

/** The form as it was sent, or as it is at first: last month, everything, as it is. */
export function whatIfForm(sent: SentForm | null, zone: string, now: Date): WhatIfForm {
  const given = sent === null ? {} : givenIn(sent.fields);
  const month = shownPeriod({}, zone, now).presets.find(({ label }) => label === 'Last month');
  const at = (name: keyof WhatIfForm): string => given[name] ?? '';
  return {
    from: at('from') || (month?.from ?? ''),
    to: at('to') || (month?.to ?? ''),
    level: at('level'),
    queue: at('queue'),
    organisation: at('organisation'),
    policy: at('policy'),
    calendar: at('calendar'),
    file: at('file'),
  };
}

const DAY = z.iso.date();

/** What is asked for; null where the days are no days. */
export function askedBy(form: WhatIfForm, zone: string, now: Date): BackTestAsked | null {
  if (!DAY.safeParse(form.from).success || !DAY.safeParse(form.to).success || form.from > form.to) return null;

  const { from, to } = shownPeriod({ from: form.from, to: form.to }, zone, now);
  const named = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  return {
    from,
    to,
    scope: { level: named(form.level), queue: named(form.queue), organisation: named(form.organisation) },
    whatIf: { policy: named(form.policy), calendar: named(form.calendar), file: named(form.file) },
  };
}
