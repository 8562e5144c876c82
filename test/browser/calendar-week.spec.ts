import type { Page } from 'playwright-core';
import { Calendars } from '../../src/support-hours/calendars.js';
import { describeInBrowser, Desktop, faultsOf } from '../support/browser.js';
import { ADMIN_PASSWORD, House } from '../support/house.js';

/** Support hours, drawn and typed in a real browser. */
describeInBrowser('the week of a calendar', () => {
  let house: House;
  let desktop: Desktop;
  let page: Page;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: new Date().toISOString(), standsStill: false });
    await house.transaction((tx) =>
      house.get(Calendars).save(
        tx,
        {
          name: 'Office',
          timezone: 'Europe/Berlin',
          week: { mon: [['09:00', '17:00']], fri: [['22:00', '06:00']] },
        },
        { name: 'the story' },
      ),
    );
    desktop = await Desktop.open(house);
    page = await desktop.person();
    await page.goto('/sign-in');
    await page.locator('#email').fill('adam@desk.test');
    await page.locator('#password').fill(ADMIN_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/tickets**');
  });
  afterAll(async () => {
    await desktop.close();
    await house.close();
  });
  afterEach(() => {
    expect(desktop.troubles.splice(0)).toEqual([]);
  });

  const cell = (words: string) => page.getByRole('button', { name: words });
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const times = async (group: string): Promise<string[]> => {
    const values = async (end: string) =>
      page
        .locator(`input[name="${group}.${end}"]`)
        .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
    const to = await values('to');
    return (await values('from')).map((from, index) => `${from}–${to[index] ?? ''}`).filter((one) => one !== '–');
  };
  const stored = async () => (await house.get(Calendars).byName(house.database, 'Office'))?.definition;
  const save = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL('**/admin/calendars/Office');
  };

  it('is edited by keyboard alone, and saved', async () => {
    await page.goto('/admin/calendars/Office/edit');
    await cell('Monday 09:00 to 09:30, open').focus();
    // Down to Tuesday, open from nine to half past ten.
    await press('ArrowDown', 'Space', 'Shift+ArrowRight', 'Shift+ArrowRight');
    expect(await times('week.tue')).toEqual(['09:00–10:30']);
    await press('ArrowRight', 'ArrowRight', 'Enter');
    expect(await times('week.tue')).toEqual(['09:00–10:30', '11:00–11:30']);
    // The fields are the same week, to the minute.
    const [, end] = await page.getByLabel('Tuesday, open to').all();
    await end?.fill('11:40');
    await cell('Tuesday 11:30 to 12:00, partly open').waitFor();
    expect(await faultsOf(page)).toEqual([]);

    await page.getByRole('button', { name: 'Review changes' }).focus();
    await press('Enter');
    await page.getByText('Nothing is saved yet').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.locator(':focus').innerText()).toBe('Save');
    await press('Enter');
    await page.waitForURL('**/admin/calendars/Office');
    expect((await stored())?.week.tue).toEqual([['09:00', '10:30'], ['11:00', '11:40']]); // prettier-ignore
    expect(await faultsOf(page)).toEqual([]);
  });

  it('has each hour written above its own line', async () => {
    await page.goto('/admin/calendars/Office/edit');
    const nine = await page.locator('.grid-axis > span', { hasText: /^9$/ }).boundingBox();
    const line = await cell('Monday 09:00 to 09:30').boundingBox();
    expect(Math.abs(nine!.x + nine!.width / 2 - line!.x)).toBeLessThan(2);
  });

  it('is drawn with the mouse, and nights keep what was not drawn over', async () => {
    await page.goto('/admin/calendars/Office/edit');
    await cell('Saturday 00:00 to 00:30, open').waitFor();
    const from = await cell('Wednesday 08:00 to 08:30, closed').boundingBox();
    const to = await cell('Thursday 09:30 to 10:00, closed').boundingBox();
    if (from === null || to === null) throw new Error('The grid is not there.');
    await page.mouse.move(from.x + 3, from.y + 5);
    await page.mouse.down();
    await page.mouse.move(to.x + 60, to.y + 5, { steps: 8 });
    await page.mouse.move(to.x + 3, to.y + 5, { steps: 8 });
    await page.mouse.up();
    expect([await times('week.wed'), await times('week.thu')]).toEqual([['08:00–10:00'], ['08:00–10:00']]);

    await cell('Saturday 02:00 to 02:30, open').click();
    expect([await times('week.fri'), await times('week.sat')]).toEqual([['22:00–02:00'], ['02:30–06:00']]);
    await page.getByRole('button', { name: 'Copy to Tue–Fri' }).click();
    expect([await times('week.thu'), await times('week.fri')]).toEqual([['09:00–17:00'], ['09:00–17:00']]);
    await page.getByRole('button', { name: 'Remove Thursday, open 09:00 to 17:00' }).click();
    await cell('Thursday 12:00 to 12:30, closed').waitFor();
    await save();
    expect((await stored())?.week).toEqual({
      mon: [['09:00', '17:00']],
      tue: [['09:00', '17:00']],
      wed: [['09:00', '17:00']],
      fri: [['09:00', '17:00']],
      sat: [['02:30', '06:00']],
    });
  });

  it('takes the holidays of a part of a country, chosen step by step', async () => {
    await page.goto('/admin/calendars/Office/edit');
    await page.getByLabel('Time zone').fill('America/Toronto');
    await page.getByLabel('Country').selectOption({ label: 'Canada' });
    await page.getByLabel('State').selectOption({ label: 'Ontario' });
    expect(await page.getByLabel('Time zone').inputValue()).toBe('America/Toronto');
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add this list' }).click();
    await page.getByText('Canada, Ontario').waitFor();
    await save();
    expect(await stored()).toMatchObject({
      timezone: 'America/Toronto',
      holidayLists: [{ country: 'CA', state: 'ON' }],
    });
  });

  it('answers when some hours would be over without loading the page anew', async () => {
    await page.goto('/admin/calendars/Office');
    await page.evaluate('window.stillHere = true');
    await page.getByLabel('How long').fill('6');
    await page.getByLabel('From', { exact: false }).and(page.locator('input')).fill('2026-06-01T12:00');
    await page.getByLabel('In whose time').selectOption('calendar');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Tue 2 Jun 2026, 10:00 EDT').first().waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('can be read on a telephone, and by those who see little', async () => {
    const phone = await desktop.person({ width: 390, height: 844, dark: true });
    await phone.context().addCookies(await page.context().cookies());
    for (const path of ['/admin/calendars', '/admin/calendars/Office', '/admin/calendars/Office/edit']) {
      await phone.goto(path);
      expect([path, await faultsOf(phone)]).toEqual([path, []]);
    }
    // With a mouse on a narrow screen too, the name of a holiday has the width of its row.
    const date = await phone.getByLabel('Date of the holiday').first().boundingBox();
    const name = await phone.getByLabel('Name of the holiday').first().boundingBox();
    expect(name!.y).toBeGreaterThan(date!.y);
    expect(name!.width).toBeGreaterThan(250);
    await phone.close();
  });
});
