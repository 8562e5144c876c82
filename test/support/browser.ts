import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { House } from './house.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
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

/** What a reader without eyes, or with a narrow screen, would stumble over on this page. */
export async function stumblingBlocks(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const shown = (element: Element): boolean => element.checkVisibility() && element.closest('[aria-hidden="true"]') === null;
    const say = (element: Element): string => element.outerHTML.replace(/\s+/g, ' ').slice(0, 120);
    const nameOf = (element: Element): string =>
      [element.getAttribute('aria-label') ?? '', element.getAttribute('title') ?? '', element.textContent].join('').trim();

    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`The page is ${scrollWidth} px wide in a window of ${clientWidth} px.`);
    const titles = [...document.querySelectorAll('h1')].filter(shown).length;
    if (titles !== 1) found.push(`It has ${titles} titles (h1).`);
    if (document.documentElement.lang === '') found.push('It does not say its language.');
    if (document.title.trim() === '') found.push('Its window has no title.');
    if (document.querySelectorAll('main').length !== 1) found.push('It has no main part, or several.');

    for (const field of document.querySelectorAll<HTMLInputElement>('input:not([type="hidden"]), select, textarea')) {
      const labels = [...(field.labels ?? [])].map((label) => label.textContent.trim()).join('');
      if (labels === '' && (field.getAttribute('aria-label') ?? '') === '') found.push(`No label: ${say(field)}`);
    }
    for (const control of document.querySelectorAll('button, a[href], summary')) {
      if (nameOf(control) === '') found.push(`No name: ${say(control)}`);
    }
    for (const picture of document.querySelectorAll('img:not([alt])')) found.push(`No words for a picture: ${say(picture)}`);
    for (const frame of document.querySelectorAll('iframe:not([title])')) found.push(`No title: ${say(frame)}`);
    for (const table of document.querySelectorAll('table:not([role])')) {
      if (table.querySelector('thead th:not([scope])') !== null) found.push(`A head without scope: ${say(table)}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place))) found.push(`Two elements have the id ${id}.`);
    for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
      const named = `${element.getAttribute('aria-describedby') ?? ''} ${element.getAttribute('aria-labelledby') ?? ''}`;
      for (const id of named.split(' ').filter((one) => one !== '' && !ids.includes(one))) found.push(`It names ${id}, which is not there: ${say(element)}`);
    }
    return found;
  });
}

/** Texts that stand out less from their ground than WCAG 2.2 AA asks for (4.5:1, large ones 3:1). */
export async function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const brush = canvas.getContext('2d', { willReadFrequently: true });
    if (brush === null) return ['The browser cannot paint.'];

    /** Lays colours over each other, the lowest first, whatever notation they are in. */
    const mixed = (colours: readonly string[]): readonly [number, number, number] => {
      brush.clearRect(0, 0, 1, 1);
      for (const colour of colours) {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
      }
      const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [red, green, blue];
    };
    const light = (colour: readonly [number, number, number]): number => {
      const [red, green, blue] = colour.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };

    const faint = new Set<string>();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const words = texts.currentNode.textContent?.trim() ?? '';
      const element = texts.currentNode.parentElement;
      if (words === '' || element === null || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest('.sr-only, [disabled], [aria-hidden="true"], option, script') !== null) continue;

      const grounds: string[] = [];
      for (let under: Element | null = element; under !== null; under = under.parentElement) grounds.unshift(getComputedStyle(under).backgroundColor);
      const dark = matchMedia('(prefers-color-scheme: dark)').matches;
      const base = [dark ? '#000' : '#fff', ...grounds];
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [one, other] = [light(mixed(base)), light(mixed([...base, color]))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const large = Number.parseFloat(fontSize) >= 24 || (Number.parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
      if (contrast < (large ? 3 : 4.5)) faint.add(`${contrast.toFixed(2)}: ${words.slice(0, 40)} (${element.className.toString().slice(0, 40)})`);
    }
    return [...faint];
  });
}
