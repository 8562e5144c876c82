import { Injectable } from '@nestjs/common';
import { MailLog } from '../mail/mail-log.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';

/** More mails of one sender than this within ten minutes are a storm: they are kept together. */
export const STORM = 20;
const STORM_MS = 10 * 60_000;

/** One sender floods us with mail: a program that went wrong, two that answer each other, or somebody who means harm. */
export class MailStorm {
  constructor(
    readonly sender: string,
    /** Within the last ten minutes. */
    readonly mails: number,
  ) {}
}

export interface Storm {
  readonly mails: number;
  readonly since: Date;
}

/** Who floods us, and whether it is over. */
@Injectable()
export class MailStorms {
  constructor(
    private readonly mailLog: MailLog,
    private readonly events: EventBus,
    private readonly now: Now,
  ) {}

  /** Whether a mail that has come at `at` is one of a storm; if so, the house is told. */
  async watch(tx: Transaction, sender: string, at: Date): Promise<Storm | null> {
    const since = new Date(at.getTime() - STORM_MS);
    const mails = await this.mailLog.countFrom(tx, sender, since);
    if (mails <= STORM) return null;

    await this.events.publish(tx, [new MailStorm(sender, mails)]);
    return { mails, since };
  }

  /** Of these senders, those who have not calmed down. */
  async raging(tx: Transaction, senders: readonly string[]): Promise<string[]> {
    const since = new Date(this.now.read().getTime() - STORM_MS);
    const raging: string[] = [];
    for (const sender of senders) if ((await this.mailLog.countFrom(tx, sender, since)) > STORM) raging.push(sender);
    return raging;
  }
}
