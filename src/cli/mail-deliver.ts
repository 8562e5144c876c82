import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { returnPathOf, MailIntake } from '../mail/mail-intake.js';
import { Mailboxes } from '../mail/mailboxes.js';
import { MailModule } from '../mail/mail.module.js';
import { DeskModule } from '../desk/desk.module.js';
import { DeskStore } from '../desk/desk.store.js';
import { PlatformModule, type Ground } from '../platform/platform.module.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { print, withHouse } from './frame.js';

/** What mail servers understand (sysexits.h): wrong use, unusable mail, nobody of that name, please try again. */
export const EXIT = { ok: 0, usage: 64, dataError: 65, noUser: 67, tryAgain: 75 } as const;

export interface PipedMail {
  readonly raw: Buffer;
  /** Undefined: what the mail's Return-Path or From says. Empty: the null return path. */
  readonly from: string | undefined;
  /** None: the desk's support address. */
  readonly to: readonly string[];
}

/** Takes one mail; answers the exit code and what to say. A fault of the house is thrown. */
export async function deliver(
  house: INestApplicationContext,
  { raw, from, to }: PipedMail,
): Promise<{ code: number; said: string }> {
  if (raw.length === 0) return { code: EXIT.dataError, said: 'There is no message on standard input.' };

  const mailboxes = house.get(Mailboxes, { strict: false });
  const recipients = to.length > 0 ? to : [(await house.get(DeskStore, { strict: false }).read()).supportAddress];
  for (const address of recipients) {
    if (!(await mailboxes.takes(address))) return { code: EXIT.noUser, said: `There is no mailbox ${address} here.` };
  }
  try {
    const { id } = await house.get(MailIntake, { strict: false }).accept({
      raw,
      channel: 'pipe',
      envelopeFrom: from ?? returnPathOf(raw),
      envelopeTo: recipients,
      receivedAt: house.get(Now, { strict: false }).read(),
    });
    return { code: EXIT.ok, said: `Kept as ${id}.` };
  } catch (error) {
    if (error instanceof Problem && error.kind === 'too-large') return { code: EXIT.dataError, said: error.detail };
    throw error;
  }
}

/** No more of the house than it takes to keep a mail; the workers do the rest. */
@Module({ imports: [DeskModule, MailModule] })
class Mailroom {
  static async on(ground: Ground): Promise<DynamicModule> {
    return Promise.resolve({ module: Mailroom, imports: [PlatformModule.on(ground)] });
  }
}

export function mailDeliverCommand(): Command {
  return new Command('deliver')
    .description("take a message from standard input, for a mail server's pipe or alias")
    .option(
      '--from <address>',
      "the envelope's sender, '' for none (default: the message's Return-Path, else its From)",
    )
    .option('--to <address...>', "the envelope's recipients (default: the desk's support address)")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))
    .action(async ({ from, to = [] }: { from?: string; to?: string[] }) => {
      const raw = await buffer(process.stdin);
      try {
        const { code, said } = await withHouse((house) => deliver(house, { raw, from, to }), {
          build: (ground) => Mailroom.on(ground),
        });
        if (code === EXIT.ok) print(said);
        else process.stderr.write(`${said}\n`);
        process.exitCode = code;
      } catch (error) {
        // Whatever is wrong with the house, the mail is not: the server keeps it and comes again.
        process.stderr.write(
          `The mail could not be taken, please try again: ${error instanceof Error ? error.message : String(error)}\n`,
        );
        process.exitCode = EXIT.tryAgain;
      }
    });
}
