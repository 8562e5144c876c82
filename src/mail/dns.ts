import { Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

/** Answers as Node's `resolve` does: names, addresses, or for TXT lists of strings. Throws errors with `code`. */
export type DnsSource = (name: string, type: string) => Promise<unknown[]>;

const ANSWER_MS = 2_000;
const TRIES = 2;
const REMEMBER_MS = 5 * 60_000;
const REMEMBER_NOTHING_MS = 60_000;
const MOST_REMEMBERED = 5_000;
/** After so many questions in a row without any answer the resolver is taken to be away, for a while. */
const SILENT_QUESTIONS = 5;
const REST_MS = 60_000;

/** What the DNS says of senders' domains. Never to be relied on for an answer in time. */
@Injectable()
export class Dns {
  private readonly remembered = new Map<string, { readonly answer: Promise<unknown[]>; until: number }>();
  private unanswered = 0;
  private restsUntil = 0;
  private source: DnsSource;

  constructor() {
    const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
    this.source = async (name, type) => [await resolver.resolve(name, type)].flat();
  }

  /** Asks somebody else from now on. */
  use(source: DnsSource): void {
    this.source = source;
    this.remembered.clear();
    this.unanswered = 0;
    this.restsUntil = 0;
  }

  /** As of a few minutes ago at the most. */
  async resolve(name: string, type: string): Promise<unknown[]> {
    const question = `${type} ${name.toLowerCase()}`;
    const known = this.remembered.get(question);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known.answer;

    const answer = this.ask(name, type);
    const entry = { answer, until: now + REMEMBER_MS };
    this.remember(question, entry);
    answer.catch((error: unknown) => {
      if (saysNothing(error)) entry.until = performance.now() + REMEMBER_NOTHING_MS;
      else this.remembered.delete(question);
    });
    return answer;
  }

  /** As of now. */
  async ask(name: string, type: string): Promise<unknown[]> {
    if (performance.now() < this.restsUntil) throw noAnswer('DNS does not answer at present');
    try {
      const answer = await this.source(name, type);
      this.unanswered = 0;
      return answer;
    } catch (error) {
      this.unanswered = saysNothing(error) ? 0 : this.unanswered + 1;
      if (this.unanswered >= SILENT_QUESTIONS) {
        this.unanswered = 0;
        this.restsUntil = performance.now() + REST_MS;
      }
      throw error;
    }
  }

  private remember(question: string, entry: { answer: Promise<unknown[]>; until: number }): void {
    this.remembered.delete(question);
    this.remembered.set(question, entry);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
  }
}

/** That there is no such name or record is an answer, too. */
export function saysNothing(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '');
}

export function noAnswer(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: 'ETIMEOUT' });
}
