import type { Page } from 'playwright-core';
import { describeInBrowser, Desktop, faultsOf } from '../support/browser.js';
import { House, ADMIN_PASSWORD } from '../support/house.js';
import { adam, carl } from '../support/people.js';
import { furnish, ticketByMail } from '../support/tickets.js';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** An agent formats a reply and pastes a picture; what a customer wrote in black on white is read at night. */
describeInBrowser('formatted mail', () => {
  let house: House;
  let desktop: Desktop;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: new Date().toISOString() });
    await furnish(house);
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

  it('is written by keyboard, holds what is pasted, and leaves as HTML, as text and with the picture inside', async () => {
    const { number } = await ticketByMail(house);
    const page = await signedIn();
    await page.goto(`/tickets/${number}`);
    await page.getByRole('button', { name: 'Formatting' }).press('Enter');
    const text = page.getByRole('textbox', { name: 'Message' });
    await text.waitFor();
    await text.click();
    await page.keyboard.type('Please ');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('restart');
    await page.keyboard.press('Control+b');
    await page.keyboard.type(' it.');
    await text.evaluate((element, bytes) => {
      // The page's own, which the types of the tests do not know.
      const { DataTransfer, ClipboardEvent } = globalThis as any;
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
      data.items.add(new File([content], 'image.png', { type: 'image/png' }));
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, PNG);
    await text.locator('img').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.locator('[data-send]').click();
    await page.getByText('Sent.').first().waitFor();

    const [letter] = (await house.lettersTo(carl.email)).slice(-1);
    expect(letter?.html).toMatch(/Please\s<b>restart<\/b> it\..*<img [^>]*src="cid:[^"]+@punctual"/s);
    expect(letter?.text).toMatch(/^Please\srestart\sit\./);
    const [row] = await house.query<{ files: { contentId: string; contentType: string }[] }>(
      'select attachments as files from outgoing_mail order by number desc limit 1',
    );
    expect(row?.files).toMatchObject([
      { contentType: 'image/png', contentId: expect.stringMatching(/@punctual$/) as string },
    ]);
  });

  it('is legible at night, though it was written in black on white', async () => {
    const { number } = await ticketByMail(house, {
      raw: Buffer.from(
        [
          `From: ${carl.from}`,
          'To: support@desk.test',
          'Subject: Black on white',
          'Message-ID: <black@harbour.example>',
          'MIME-Version: 1.0',
          'Content-Type: text/html; charset=utf-8',
          '',
          '<table bgcolor="#ffffff"><tr><td id="cell" style="background-color:#ffffff;color:#000000">Can you read <b>this</b>?</td></tr></table>',
        ].join('\r\n'),
      ),
    } as object);
    const page = await signedIn({ dark: true });
    await page.goto(`/tickets/${number}`);
    await page.getByText('As it was written').click();
    const cell = page.frameLocator('.message-frame').locator('td');
    await cell.waitFor();
    const [ink, ground] = await cell.evaluate((element) => {
      const { color, backgroundColor } = (globalThis as any).getComputedStyle(element);
      return [color, backgroundColor].map((one: string) => Number(/oklch\(([\d.]+)/.exec(one)?.[1] ?? Number.NaN));
    });
    expect(ink).toBeGreaterThan(0.8);
    expect(ground).toBeLessThan(0.3);
  });
});
