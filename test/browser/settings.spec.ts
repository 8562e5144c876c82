import type { Page } from 'playwright-core';
import { describeInBrowser, Desktop, faultsOf } from '../support/browser.js';
import { ADMIN_PASSWORD, House } from '../support/house.js';
import { adam, carl } from '../support/people.js';
import { furnish } from '../support/tickets.js';

/** The desk is set by keyboard, wide and narrow, light and dark. */
describeInBrowser('setting the desk', () => {
  let house: House;
  let desktop: Desktop;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: new Date().toISOString() });
    await furnish(house);
    for (const name of ['Gold', 'Silver', 'Bronze']) {
      await house.api.put(`/policies/${name}`, { name, match: { tier: [name.toLowerCase()] }, targets: {} });
    }
    desktop = await Desktop.open(house);
  }, 60_000);
  afterAll(async () => {
    await desktop.close();
    await house.close();
  });
  afterEach(() => {
    expect(desktop.troubles.splice(0)).toEqual([]);
  });

  const signedIn = async (options: Parameters<Desktop['person']>[0] = {}): Promise<Page> => {
    const page = await desktop.person(options);
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(adam.email);
    await page.getByLabel('Password').fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tickets**');
    return page;
  };

  it('puts policies into another order with nothing but keys; the focus stays at what is moved', async () => {
    const page = await signedIn();
    await page.goto('/admin/policies');
    await page.getByRole('button', { name: 'Move Bronze up' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('The order has changed and is not saved yet.').waitFor();
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Move Bronze up');
    await page.keyboard.press('Enter');
    await page.locator('.ordered-item').first().getByText('Bronze', { exact: true }).waitFor();
    // At the top there is only one way to go.
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Move Bronze down');
    await page.getByRole('button', { name: 'Review the order' }).press('Enter');
    await page.getByText('Gold, Silver, Bronze').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('The policies are tried in their new order.').first().waitFor();
    expect(await page.locator('.ordered-item h2').allInnerTexts()).toEqual([
      'Bronze',
      'Gold',
      'Silver',
      'Default default',
    ]);
  });

  it('chooses “within” for whoever writes a target, and shows the differences before it saves', async () => {
    const page = await signedIn();
    await page.goto('/admin/policies/Gold');
    await page.getByLabel('Resolution within').fill('2 working days');
    expect(await page.locator('input[name="how.resolution"][value="own"]').isChecked()).toBe(true);
    await page.getByLabel('Resolution within').press('Enter');
    await page.getByText('as the level says').waitFor();
    expect(await page.locator('.change-lines').innerText()).toMatch(/Resolution\s+as the level says → 2 working days/);
    await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await page.getByText('The policy Gold has a new version.').first().waitFor();
  });

  it('tells which rule a request would meet', async () => {
    const page = await signedIn({ width: 390, height: 844 });
    await page.goto('/admin/rules/test');
    await page.getByLabel('From', { exact: true }).fill(carl.email);
    await page.getByLabel('Subject').fill('The line is down');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Outage words decides' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it.each([
    { width: 1440, height: 900, dark: false },
    { width: 1440, height: 900, dark: true },
    { width: 390, height: 844, dark: false },
    { width: 390, height: 844, dark: true },
  ])('has no page that anybody would stumble over: %j', async (options) => {
    const page = await signedIn(options);
    for (const path of [
      'settings',
      'levels',
      'levels/L1',
      'policies',
      'policies/Gold',
      'rules',
      'rules/new',
      'queues',
      'desk',
    ]) {
      await page.goto(`/admin/${path}`);
      expect([path, ...(await faultsOf(page))]).toEqual([path]);
    }
  });
});
