import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { Config } from '../../platform/config/config.js';

/** Why the relay did not take a letter, and whether trying again can help. */
export class RelayError extends Error {
  override readonly name = 'RelayError';

  constructor(
    message: string,
    readonly permanent: boolean,
    /** It did not come as far as the letter: there is no relay, or none that talks to us. */
    readonly relayAway = false,
  ) {
    super(message);
  }
}

/** Only an answer to the letter itself can condemn it; a refused sign-in or greeting is a matter of settings that may change. */
const ABOUT_THE_LETTER = /^(?:MAIL FROM|RCPT TO|DATA|LMTP|BDAT)/i;

interface NodemailerError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** The way to the relay that SMTP_URL names. */
@Injectable()
export class SmtpRelay implements OnApplicationShutdown {
  private readonly transport: ReturnType<typeof createTransport> | undefined;

  constructor(config: Config) {
    this.transport =
      config.smtpUrl === undefined
        ? undefined
        : createTransport({
            url: config.smtpUrl,
            pool: true,
            maxConnections: 4,
            maxMessages: 100,
            connectionTimeout: 20_000,
            greetingTimeout: 20_000,
            socketTimeout: 60_000,
          } as object);
  }

  /** Without a relay, letters are captured. */
  get isThere(): boolean {
    return this.transport !== undefined;
  }

  /** Answers whom the relay refused while it took the letter for others. Throws RelayError. */
  async send(letter: SendMailOptions): Promise<{ rejected: string[] }> {
    if (this.transport === undefined) throw new RelayError('No relay is set (SMTP_URL).', false);
    try {
      const sent = (await this.transport.sendMail(letter)) as { rejected?: readonly (string | { address: string })[] };
      return {
        rejected: (sent.rejected ?? []).map((address) => (typeof address === 'string' ? address : address.address)),
      };
    } catch (error) {
      throw relayError(error as NodemailerError);
    }
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}

export function relayError(error: NodemailerError): RelayError {
  const { responseCode = 0, command = '', code, message } = error;
  const aboutTheLetter = ABOUT_THE_LETTER.test(command) || code === 'EENVELOPE' || code === 'EMESSAGE';
  return new RelayError(message, aboutTheLetter && responseCode >= 500, !aboutTheLetter);
}
