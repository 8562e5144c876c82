import type { INestApplicationContext } from '@nestjs/common';
import { Progress } from '../cli/progress.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import { FirstRun } from '../desk-file/first-run.js';
import { readDeskFile } from '../desk-file/read.js';
import { MethodVerification } from '../escalation/verification.js';
import type { CurrentUser } from '../identity/current-user.js';
import { Users } from '../identity/users.js';
import { DeskStore } from '../desk/desk.store.js';
import { Dns, type DnsSource } from '../mail/dns.js';
import { Database } from '../platform/database/database.js';
import { Now } from '../platform/time/now.js';
import { History } from './history.js';
import { organisations, staff } from './stories.js';

export const DEMO_PASSWORD = 'punctual demo';
const BY = { name: 'demonstration' };
const DAY_MS = 86_400_000;
const TIMEZONE = 'Europe/Berlin';

/** Makes a desk with its people, customers and three months of history, if it has no ticket yet; answers whether it did. */
export async function makeDemoDesk(house: INestApplicationContext): Promise<boolean> {
  const database = house.get(Database);
  const users = house.get(Users, { strict: false });
  const [any] = await database.query<{ tickets: boolean }>('select exists (select from ticket) as tickets');
  if (any?.tickets === true) return false;

  await database.transaction(async (tx) => {
    await house.get(FirstRun, { strict: false }).run(tx);
    await house
      .get(DeskFiles, { strict: false })
      .apply(tx, readDeskFile(JSON.stringify(deskFile(house.get(Now).read()))), BY);
    await house.get(MethodVerification, { strict: false }).trust(tx, 'Emergency contact', BY);
    for (const person of staff) await users.add(tx, { ...person, password: DEMO_PASSWORD }, BY);
    await house.get(DeskStore, { strict: false }).save(tx, { setUpAt: house.get(Now).read() });
  });
  const agents = (await Promise.all(staff.map(({ email }) => users.byEmail(email)))).filter(
    (user): user is CurrentUser => user?.role === 'agent',
  );
  const { supportAddress } = await house.get(DeskStore, { strict: false }).read();
  house.get(Dns, { strict: false }).use(knowsNobody);
  const progress = new Progress('Living three months', 1000);
  await new History(house, { timezone: TIMEZONE, supportAddress, agents }).make((done, total) => {
    progress.reach(Math.floor((done / total) * 1000));
  });
  progress.finish();
  return true;
}

/** The people of the history are made up: what the real DNS says of their domains, or how long it takes to, is not part of it. */
const knowsNobody: DnsSource = () =>
  Promise.reject(Object.assign(new Error('There is no such name.'), { code: 'ENOTFOUND' }));

/** YAML holds JSON, so the file is written as data. */
function deskFile(now: Date): object {
  const day = [['09:00', '17:00']];
  const agents = staff.filter(({ role }) => role === 'agent').slice(0, 3);
  const [first, second, third] = agents.map(({ name }) => name);
  const inDays = (days: number, at: string): string =>
    `${new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10)}T${at}`;
  return {
    desk: { name: 'Harbourline Support', timezone: TIMEZONE },
    calendars: [
      {
        name: 'Office hours',
        timezone: TIMEZONE,
        week: { mon: day, tue: day, wed: day, thu: day, fri: day },
        yearlyHolidays: ['01-01', '05-01', '10-03', '12-25', '12-26'],
        overrides: { '2026-12-24': [['09:00', '12:00']] },
      },
    ],
    organisations: organisations.map(({ name, domain, tier }) => ({ name, tier, domains: [domain] })),
    responders: [
      { name: 'Emergency contact', email: 'night@punctual.example', phone: '+49 30 1234567', emergency: true },
      ...agents.map(({ name, email }, index) => ({
        ...{ name, email, timezone: TIMEZONE },
        ...(index === 1 ? { away: [{ from: inDays(9, '12:00'), to: inDays(12, '09:00') }] } : {}),
      })),
    ],
    rotas: [
      {
        ...{ name: 'On call', timezone: TIMEZONE, every: 'day', at: '09:00', startsOn: '2026-01-05' },
        members: [first, second, third],
        overrides: [{ from: inDays(3, '18:00'), to: inDays(5, '09:00'), who: third }],
      },
    ],
    chains: [
      {
        name: 'Default',
        steps: [
          { afterMinutes: 0, notify: ['On call'] },
          { afterMinutes: 15, notify: ['Emergency contact'] },
        ],
        repeatEveryMinutes: 15,
      },
    ],
  };
}
