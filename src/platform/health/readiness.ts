import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

const ANSWERS_WITHIN_MS = 2_000;

export type Ready = { readonly ready: true } | { readonly ready: false; readonly because: string };

/** Whether this process can serve: for load balancers, which send nobody to one that cannot. */
@Injectable()
export class Readiness {
  private state: 'starting' | 'serving' | 'stopping' = 'starting';

  constructor(private readonly database: Database) {}

  /** All doors are open. */
  serving(): void {
    this.state = 'serving';
  }

  /** What runs is being finished; nothing new, please. */
  stopping(): void {
    this.state = 'stopping';
  }

  async ask(): Promise<Ready> {
    if (this.state !== 'serving') return { ready: false, because: `The desk is ${this.state}.` };
    return (await this.databaseAnswers())
      ? { ready: true }
      : { ready: false, because: 'The database does not answer.' };
  }

  private async databaseAnswers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, ANSWERS_WITHIN_MS, false);
    });
    const answer = this.database.query('select 1').then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
