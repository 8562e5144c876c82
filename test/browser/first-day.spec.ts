import type { Page } from 'playwright-core';
import { FirstRun } from '../../src/desk-file/first-run.js';
import { SetupLink } from '../../src/identity/setup-link.js';
import { describeInBrowser, Desktop, faultsOf } from '../support/browser.js';
import { House } from '../support/house.js';

/** From the set-up link to the first answered request, in a real browser, at the real time of day: cookies know no other. */
describeInBrowser('the first day of a desk', () => {
  let house: House;
  let desktop: Desktop;
  let adam: Page;
  let carl: Page;
  let setup: string;
  let thread: string;
  let number: number;

  beforeAll(async () => {
    house = await House.open({
      at: new Date().toISOString(),
      env: { ADMIN_EMAIL: undefined, ADMIN_PASSWORD: undefined },
    });
    setup = await house.transaction(async (tx) => {
      await house.get(FirstRun).run(tx);
      return (await house.get(SetupLink).renew(tx)) ?? '';
    });
    desktop = await Desktop.open(house);
    [adam, carl] = [await desktop.person(), await desktop.person({ timezoneId: 'America/New_York' })];
  });
  afterAll(async () => {
    await desktop.close();
    await house.close();
  });
  afterEach(() => {
    expect(desktop.troubles.splice(0)).toEqual([]);
  });

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await adam.keyboard.press(key);
  };
  const focused = () => adam.locator(':focus').innerText();

  it('begins with the set-up link: five things, and what was made of them', async () => {
    await carl.goto('/sign-in');
    await carl.getByText('Open the set-up link that this desk printed').waitFor();
    await adam.goto(setup);
    expect(await adam.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin');
    expect(await faultsOf(adam)).toEqual([]);

    await adam.getByLabel('Name', { exact: true }).fill('Acme Support');
    await adam.getByLabel('Support address').fill('help@acme.test');
    await adam.getByLabel('Sat').check();
    await adam.locator('#emergencyEmail').fill('night@acme.test');
    await adam.locator('#emergencyPhone').fill('+49 30 1234567');
    await adam.getByLabel('Your name').fill('Adam Admin');
    await adam.locator('#adminEmail').fill('adam@acme.test');
    await adam.getByLabel('Password').fill('several words are better');
    await adam.getByRole('button', { name: 'Open the desk' }).click();

    await adam.waitForURL('**/setup/done');
    const made = await adam.locator('main').innerText();
    for (const words of [
      'Acme Support is open',
      'help@acme.test',
      '09:00',
      'Europe/Berlin',
      'night@acme.test',
      '+49',
    ]) {
      expect(made).toContain(words);
    }
    expect(await faultsOf(adam)).toEqual([]);
    await carl.goto('/sign-in');
    expect(await carl.getByText('Open the set-up link').count()).toBe(0);
    expect((await carl.goto(setup))?.status()).toBe(404);
    // That a page is missing is all that the console may say about it.
    expect(desktop.troubles.splice(0)).toEqual([expect.stringContaining('404')]);
  });

  it('takes the first request by the form, with a file', async () => {
    await carl.goto('/');
    await carl.getByRole('link', { name: 'Send a request' }).click();
    await carl.getByLabel('Your name').fill('Carl Customer');
    await carl.getByLabel('E-mail address').fill('carl@customer.example');
    await carl.getByLabel('What is it about?').fill('The tills are down');
    await carl.getByLabel('What happened?').fill('All of them, since ten.');
    await carl.getByText('Service down').click();
    await carl
      .locator('#files')
      .setInputFiles({ name: 'error.txt', mimeType: 'text/plain', buffer: Buffer.from('Error 42') });
    await carl.getByRole('button', { name: 'Send the request' }).click();

    await carl.waitForURL('**/t/*?sent=1');
    thread = new URL(carl.url()).pathname;
    expect(await house.query('select proof is not null as proven from request_proof')).toEqual([{ proven: true }]);
    const words = await carl.locator('main').innerText();
    number = Number(/#(\d+)/.exec(words)?.[1]);
    expect(words).toContain('We have your request');
    expect(words).toContain('error.txt');
    expect(await carl.locator('[data-focus]:focus').count()).toBe(1);

    const download = carl.waitForEvent('download');
    await carl.getByRole('link', { name: 'error.txt' }).click();
    expect((await download).suggestedFilename()).toBe('error.txt');

    await carl.getByRole('button', { name: 'Copy the link' }).click();
    // The page came by http, to which browsers lend no clipboard.
    await carl.getByText(`This is it: http://desk.test${thread}`).waitFor();
    for (const [subject, level] of [
      ['A question', 'L4'],
      ['It is slow', 'L3'],
    ]) {
      await house.api.post('/tickets', {
        subject,
        body: 'Please.',
        requester: { email: 'cleo@customer.example' },
        level,
      });
    }
    await house.settle();
  });

  it('is worked on without a mouse', async () => {
    await adam.goto('/tickets');
    await press('j');
    expect(await focused()).toBe('The tills are down');
    await press('j');
    expect(await focused()).toBe('It is slow');
    await press('k', 'Enter');
    await adam.waitForURL(`**/tickets/${number}*`);

    await press('i');
    await adam.getByText(`#${number} is given to`).waitFor();
    expect((await house.api.get(`/tickets/${number}`)).body.assignee).toBe('adam@acme.test');

    await press('r');
    await adam.keyboard.type('We are on it.');
    await press('Control+Enter');
    await adam.getByText(`#${number}: sent.`).waitFor();
    expect((await house.api.get(`/tickets/${number}`)).body.status).toBe('waiting');
    expect(new URL(adam.url()).pathname).not.toBe(`/tickets/${number}`);
    await adam.goto(`/tickets/${number}`);

    await press('n');
    await adam.keyboard.type('It was the fuse.');
    await press('Control+Enter');
    await adam.getByText('the note is added.').waitFor();

    await press('e');
    await adam.waitForURL((url) => !url.pathname.endsWith(`/${number}`));
    expect((await house.api.get(`/tickets/${number}`)).body.status).toBe('resolved');
    const { body } = await house.api.get(`/tickets/${number}/messages`);
    expect(body.items.map(({ kind, text }: Record<string, string>) => [kind, text])).toEqual([
      ['customer', 'All of them, since ten.'],
      ['reply', 'We are on it.'],
      ['note', 'It was the fuse.'],
    ]);
    await press('?');
    expect(await adam.locator('#keys').isVisible()).toBe(true);
    await press('Escape');
  });

  it('shows its customer the answer, and takes theirs', async () => {
    await house.settle();
    await carl.goto(thread);
    const words = await carl.locator('main').innerText();
    expect(words).toContain('We are on it.');
    expect(words).not.toContain('fuse');
    await carl.getByRole('button', { name: 'It is not solved, reopen it' }).click();
    await carl.getByText('The request is open again').waitFor();
    await carl.getByLabel('Write to us').fill('They are down again.');
    await carl.getByRole('button', { name: 'Send', exact: true }).click();
    await carl.getByText('Sent. We have it.').waitFor();
    expect((await house.api.get(`/tickets/${number}`)).body.status).toBe('open');
    await house.settle();
    expect(await house.differences()).toEqual([]);
  });

  describe.each([1440, 390])('at %i px', (width) => {
    it.each([false, true])('every page can be read and used, dark: %s', async (dark) => {
      const [agent, customer] = [
        await desktop.person({ width, height: 844, dark }),
        await desktop.person({ width, height: 844, dark }),
      ];
      await agent.goto('/sign-in');
      await agent.getByLabel('E-mail address').fill('adam@acme.test');
      await agent.getByLabel('Password').fill('several words are better');
      await agent.getByRole('button', { name: 'Sign in' }).click();
      await agent.waitForURL('**/tickets');
      const staffPages = [
        ...[
          '/tickets',
          `/tickets/${number}`,
          `/tickets/${number}/clocks`,
          '/tickets/new',
          '/tickets?view=all&q=nothing',
          '/incidents',
        ],
        ...['/reports/sla', '/admin', '/admin/outbox', '/admin/mail', '/admin/emergency-contact'],
      ];
      const faults: Record<string, string[]> = {};
      for (const [person, paths] of [
        [agent, staffPages],
        [customer, ['/', '/requests/new', '/sla', '/sign-in', '/api/docs', thread]],
      ] as const) {
        for (const path of paths) {
          await person.goto(path);
          const found = await faultsOf(person);
          if (found.length > 0) faults[path] = found;
        }
        await person.context().close();
      }
      expect(faults).toEqual({});
    });
  });
});
