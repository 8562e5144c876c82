import type { House } from './house.js';

export interface PageSeen {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface FileToSend {
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

type Fields = Readonly<Record<string, string | readonly string[]>>;

/** Somebody in front of a browser without scripts: keeps cookies, follows redirects of this desk, fills in forms as they are on the page. */
export class Visitor {
  private readonly cookies = new Map<string, string>();
  private page: PageSeen | undefined;

  constructor(
    private readonly house: House,
    cookies: Readonly<Record<string, string>> = {},
  ) {
    for (const [name, value] of Object.entries(cookies)) this.cookies.set(name, value);
  }

  /** Loads a page and ends where its redirects lead. */
  async open(path: string): Promise<PageSeen> {
    return this.load(path, { method: 'GET' });
  }

  /** Sends the form of the page in hand that posts to `action`, with its hidden fields and these. */
  async send(action: string, fields: Fields = {}, files: readonly FileToSend[] = []): Promise<PageSeen> {
    return this.load(action, { method: 'POST', body: bodyOf({ ...this.hiddenFieldsOf(action), ...fields }, files) });
  }

  /** Posts just these fields, whatever the page in hand says. */
  async post(path: string, fields: Fields = {}): Promise<PageSeen> {
    return this.load(path, { method: 'POST', body: bodyOf(fields, []) });
  }

  async signIn(email: string, password: string): Promise<PageSeen> {
    await this.open('/sign-in');
    return this.send('/sign-in', { email, password });
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  private hiddenFieldsOf(action: string): Fields {
    const forms = [...(this.page?.body ?? '').matchAll(/<form\b[^>]*\baction="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)];
    const form = forms.find(([, target = '']) => unescaped(target) === action)?.[2];
    if (form === undefined) throw new Error(`There is no form for ${action} on ${this.page?.url ?? 'no page'}.`);
    const inputs = form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
    const fields: Record<string, string[]> = {};
    for (const [, name = '', value = ''] of inputs) (fields[name] ??= []).push(unescaped(value));
    return fields;
  }

  private async load(path: string, init: RequestInit, redirects = 0): Promise<PageSeen> {
    const url = new URL(path, this.house.url);
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    this.remember(response);
    const location = response.headers.get('location');
    if (location !== null && redirects < 5) return this.load(location, { method: 'GET' }, redirects + 1);

    this.page = {
      status: response.status,
      url: url.pathname + url.search,
      headers: response.headers,
      body: await response.text(),
    };
    return this.page;
  }

  private remember(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

function bodyOf(fields: Fields, files: readonly FileToSend[]): URLSearchParams | FormData {
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  if (files.length === 0) return new URLSearchParams(entries);

  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value);
  for (const { name, type, content } of files) form.append('files', new Blob([content], { type }), name);
  return form;
}

/** The words of a page as they are read. */
export function wordsOf(page: PageSeen): string {
  const main = page.body.replace(/^[\s\S]*?<main/, '<main');
  return unescaped(main.replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]+>/g, ' ')).replace(
    /\s+/g,
    ' ',
  );
}

/** Where the links of a page lead. */
export function linksOf(page: PageSeen): string[] {
  return [...page.body.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href = '']) => unescaped(href));
}

function unescaped(html: string): string {
  return html
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
