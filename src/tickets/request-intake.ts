import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { LetterWriter } from '../mail/letter-writer.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { Attachments, type Upload } from './attachments.js';
import { Conversation } from './conversation.js';
import type { FieldValue, Ticket } from './ticket.entity.js';

/** A request as the public form hands it in. */
export interface FormRequest {
  readonly email: string;
  readonly name: string;
  readonly subject: string;
  readonly body: string;
  /** The level that the customer chose, if they were asked. */
  readonly urgency?: string | undefined;
  readonly fields?: Readonly<Record<string, FieldValue>>;
  readonly attachments?: readonly Upload[];
  /** In which their browser lives, if it has told. */
  readonly timezone?: string;
}

/** The web form's way in. Its moment is the commit: the form has no earlier one. */
@Injectable()
export class RequestIntake {
  constructor(
    private readonly directory: Directory,
    private readonly attachments: Attachments,
    private readonly conversation: Conversation,
    private readonly writer: LetterWriter,
    private readonly now: Now,
  ) {}

  async submit(tx: Transaction, request: FormRequest): Promise<Ticket> {
    const at = this.now.read();
    const requester = await this.directory.findOrAdd(tx, { email: request.email, name: request.name }, at);
    await this.directory.learn(tx, requester, {
      language: this.writer.recognise(`${request.subject} ${request.body}`),
      timezone: request.timezone ?? null,
    });
    const files = await this.attachments.keep(tx, request.attachments ?? []);
    const { ticket } = await this.conversation.open(tx, {
      channel: 'form',
      at,
      requester,
      subject: request.subject,
      words: { text: request.body, files },
      chosenLevel: request.urgency ?? null,
      ...(request.fields === undefined ? {} : { fields: request.fields }),
    });
    return ticket;
  }
}
