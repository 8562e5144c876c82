import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import type { Job } from '../platform/queue/job.js';
import { ANSWER_PASSWORD_REQUEST } from './answer-password-request.js';
import { PasswordLinks } from './password-links.js';

const BATCH = 50;

/** Writes the letters to those who have forgotten their password, out of sight of whoever asked. */
@Injectable()
export class AnswerPasswordRequest implements Job {
  readonly name = ANSWER_PASSWORD_REQUEST;
  readonly concurrency = 1;

  constructor(
    private readonly database: Database,
    private readonly links: PasswordLinks,
    jobs: JobQueue,
  ) {
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    await this.database.transaction((tx) => this.links.answer(tx, id));
  }

  async sweep(): Promise<number> {
    const waiting = await this.database.query<{ id: string }>(
      `select id from password_request where answered_at is null order by id limit ${BATCH}`,
    );
    for (const { id } of waiting) await this.run(id);
    return waiting.length;
  }
}
