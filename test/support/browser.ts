import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { House } from './house.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const IN_PAGE = ['stumbling-blocks', 'faint-texts'].map((name) =>
  readFileSync(path.join(__dirname, `in-page/${name}.js`), 'utf8'),
);
const FLAGS = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--no-proxy-server'],
];

/** Where a Chromium is; undefined where none is. */
export const chromiumPath = process.env['TEST_CHROMIUM'] ?? PLACES.find((place) => existsSync(place));

/** `describe` where there is a Chromium; elsewhere the stories are skipped, and it is said why. */
export const describeInBrowser = (title: string, stories: () => void): void => {
  if (chromiumPath !== undefined) describe(title, stories);
  else describe.skip(`${title} (skipped: there is no Chromium; name one in TEST_CHROMIUM)`, stories);
};

/** One Chromium in front of one house, which it reaches at `http://desk.test` as the house's letters say. */
export class Desktop {
  /** What went wrong on any page: errors in the console, breaches of the content security policy, failed requests. */
  readonly troubles: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async open(house: House): Promise<Desktop> {
    const browser = await chromium.launch({
      ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
      chromiumSandbox: false,
      args: [...FLAGS, `--host-resolver-rules=MAP desk.test ${new URL(house.url).host}`],
    });
    return new Desktop(browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Somebody sits down: a window of their own, with their own cookies. */
  async person({ width = 1440, height = 900, timezoneId = 'Europe/Berlin', dark = false } = {}): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: 'http://desk.test',
      viewport: { width, height },
      timezoneId,
      locale: 'en-GB',
      colorScheme: dark ? 'dark' : 'light',
    });
    return this.window(context);
  }

  private async window(context: BrowserContext): Promise<Page> {
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.troubles.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.troubles.push(`${page.url()}: ${error.message}`));
    page.on('requestfailed', (request) => {
      // A download or a page that was left aborts what it was loading; that is no trouble.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') this.troubles.push(`${request.url()}: ${why}`);
    });
    return page;
  }
}

/** What a reader without eyes, or with a narrow screen, would stumble over on this page, and texts that are too faint to read. */
export async function faultsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  // As expressions, which the content security policy lets nobody but the test put into a page.
  for (const script of IN_PAGE) found.push(...(await page.evaluate<string[]>(script)));
  return found;
}
