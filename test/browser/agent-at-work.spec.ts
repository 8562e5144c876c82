import type { Page } from 'playwright-core';
import { describeInBrowser, Desktop, faultsOf } from '../support/browser.js';
import { ADMIN_PASSWORD, House } from '../support/house.js';
import { adam, carl, cleo } from '../support/people.js';
import { furnish } from '../support/tickets.js';

/** The workspace without a mouse, and what protects somebody who works fast. */
describeInBrowser('an agent at work', () => {
  let house: House;
  let desktop: Desktop;
  let page: Page;
  const numbers: number[] = [];

  beforeAll(async () => {
    house = await House.openForBusiness({ at: new Date().toISOString() });
    await furnish(house);
    for (const subject of ['First', 'Second', 'Third', 'Fourth']) {
      const { body } = await house.api.post('/tickets', {
        ...{ subject, body: 'Please.', level: 'L1' },
        requester: { email: subject === 'Third' ? cleo.email : carl.email },
      });
      numbers.push(body.number);
    }
    desktop = await Desktop.open(house);
    page = await desktop.person();
    await signIn(page);
  }, 120_000);
  afterAll(async () => {
    await desktop.close();
    await house.close();
  });
  afterEach(() => {
    expect(desktop.troubles.splice(0)).toEqual([]);
  });

  async function signIn(at: Page): Promise<void> {
    await at.goto('/sign-in');
    await at.getByLabel('E-mail address').fill(adam.email);
    await at.getByLabel('Password').fill(ADMIN_PASSWORD);
    await at.keyboard.press('Enter');
    await at.waitForURL('**/tickets**');
  }
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.locator(':focus').innerText();
  const ticket = async (place: number) => (await house.api.get(`/tickets/${numbers[place] ?? 0}`)).body;

  it('selects a range in the list, tags it, takes it, and goes on with the row that followed', async () => {
    await page.goto('/tickets');
    await press('j', 'x', 'j', 'Shift+X');
    expect(await page.locator('[data-selected-count]').innerText()).toBe('2 selected');
    await press('l');
    await page.keyboard.type('vip');
    expect(await faultsOf(page)).toEqual([]);
    await press('Enter');
    await page.getByText('2 tickets are tagged vip.').waitFor();
    expect(await focused()).toBe('Third');
    expect([(await ticket(0)).tags, (await ticket(1)).tags, (await ticket(2)).tags]).toEqual([['vip'], ['vip'], []]);

    await press('i');
    await page.getByText(`Ticket #${numbers[2] ?? 0} is yours now.`).waitFor();
    expect(await focused()).toBe('Fourth');
    expect((await ticket(2)).assignee).toBe(adam.email);

    await press('s');
    await page.getByRole('button', { name: 'On hold' }).last().press('Enter');
    await page.getByText(`Ticket #${numbers[3] ?? 0} is on-hold.`).waitFor();
  });

  it('closes a menu by Escape, and the focus is where it was opened', async () => {
    await page.goto('/tickets');
    await press('j', 'p');
    expect(await page.locator('[data-bulk] details[open]').count()).toBe(1);
    await press('Escape');
    expect(await page.locator('[data-bulk] details[open]').count()).toBe(0);
    expect(await focused()).toContain('Level');
  });

  it('keeps what was begun, on whatever machine it goes on', async () => {
    await page.goto(`/tickets/${numbers[0] ?? 0}`);
    await press('r');
    await page.keyboard.type('We are looking into it');
    await page.getByText('Draft saved').waitFor();

    const laptop = await desktop.person({ width: 390, height: 844 });
    await signIn(laptop);
    await laptop.goto(`/tickets/${numbers[0] ?? 0}`);
    expect(await laptop.locator('#body').inputValue()).toBe('We are looking into it');
    await laptop.context().close();
  });

  it('holds an answer back when a message has come meanwhile, and shows both', async () => {
    const number = numbers[0] ?? 0;
    await house.api.post(`/tickets/${number}/messages`, { kind: 'customer', body: 'It works again!' });
    await press('Control+Enter');
    await page.getByText('has written here meanwhile').waitFor();
    expect(await page.locator('.message', { hasText: 'It works again!' }).isVisible()).toBe(true);
    expect(await page.locator('#body').inputValue()).toBe('We are looking into it');
    expect(await faultsOf(page)).toEqual([]);
    expect((await house.api.get(`/tickets/${number}/messages`)).body.items).toHaveLength(2);
    // That the answer is held is all that the console may say about it.
    expect(desktop.troubles.splice(0)).toEqual([expect.stringContaining('409')]);

    await page.locator('#body').fill('Good to hear.');
    await press('Control+Enter');
    await page.getByText(`#${number}: sent.`).waitFor();
    expect((await ticket(0)).assignee).toBe(adam.email);
    expect(new URL(page.url()).pathname).not.toBe(`/tickets/${number}`);
  });

  it('chooses files in several goes and takes one away again', async () => {
    await page.goto(`/tickets/${numbers[1] ?? 0}`);
    const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
    await page.locator('#files').setInputFiles(file('one.txt'));
    await page.locator('#files').setInputFiles([file('two.txt'), file('three.txt')]);
    await page.getByRole('button', { name: 'Take two.txt away' }).press('Enter');
    expect(await page.locator('[data-file-list] span').allInnerTexts()).toEqual(['one.txt', 'three.txt']);
    await press('r');
    await page.keyboard.type('See here.');
    await press('Control+Enter');
    await page.getByText(': sent.').waitFor();
    const { body } = await house.api.get(`/tickets/${numbers[1] ?? 0}/messages`);
    expect(body.items.at(-1).attachments.map(({ filename }: { filename: string }) => filename)).toEqual([
      'one.txt',
      'three.txt',
    ]);
  });

  it('never hides the focus behind something else', async () => {
    await page.goto(`/tickets/${numbers[0] ?? 0}`);
    await press('Tab');
    expect(await focused()).toBe('Skip to the content');
    const hidden = new Set<string>();
    for (let stop = 0; stop < 60; stop++) {
      await press('Tab');
      const fault = await page.evaluate<string | null>(`(() => {
        const element = document.activeElement;
        const { left, top, width, height } = element.getBoundingClientRect();
        if (element === document.body || width < 3) return null;
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        const seen = element.contains(there) || there?.contains(element) || there?.closest('label')?.contains(element);
        return seen ? null : element.outerHTML.slice(0, 120);
      })()`);
      if (fault !== null) hidden.add(fault);
    }
    expect([...hidden]).toEqual([]);
  });

  it('does nothing by single keys for whoever has turned them off', async () => {
    await page.goto('/tickets');
    await press('?');
    const saved = page.waitForResponse((response) => response.url().endsWith('/account/keys'));
    await page.getByLabel('Single keys work for me').uncheck();
    await saved;
    await page.goto('/tickets');
    await press('j', 'x');
    expect(await page.locator('[data-select]:checked').count()).toBe(0);
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);

    await page.goto('/account');
    const turned = page.waitForURL('**/account');
    await page.locator('main').getByLabel('Single keys work for me').check();
    await turned;
    await page.getByText('Single keys do something again.').first().waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('can be read and used at every width, light and dark, with a selection', async () => {
    for (const options of [{}, { dark: true }, { width: 390, height: 844 }]) {
      const other = await desktop.person(options);
      await signIn(other);
      await other.locator('[data-select]').first().check();
      expect([options, ...(await faultsOf(other))]).toEqual([options]);
      await other.goto('/reports/sla/tickets?outcome=opened');
      expect([options, ...(await faultsOf(other))]).toEqual([options]);
      await other.goto('/reports/sla');
      expect([options, ...(await faultsOf(other))]).toEqual([options]);
      await other.context().close();
    }
  });
});
