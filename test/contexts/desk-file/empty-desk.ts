import { DeskStore } from '../../../src/desk/desk.store.js';
import type { House } from '../../support/house.js';

/** Makes a house's desk what it was before its first start: to open another house takes much longer. */
export async function emptyDesk(house: House): Promise<void> {
  await house.query(
    `truncate policy, policy_version, rule, level, queue, mailbox, responder, rota, chain, provider, organisation, app_user, webhook cascade`,
  );
  await house.query(`delete from calendar where name <> '24x7'`);
  await house.transaction((tx) =>
    house.get(DeskStore).save(tx, {
      name: 'Support desk',
      timezone: 'UTC',
      supportAddress: 'support@desk.test',
      defaultCalendar: 'Office hours',
      setUpAt: null,
    }),
  );
}
