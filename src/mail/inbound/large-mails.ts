import { Injectable } from '@nestjs/common';
import { Gate } from '../../platform/database/gate.js';

/** One large mail at a time is in the memory of this process, as it is stored or as it is read: each is there several times over. */
@Injectable()
export class LargeMails {
  private readonly gate = new Gate(1);

  /** A sender waits for its 250 and goes before what only has to be read. */
  async store<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.pass(work, { first: true });
  }

  async read<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.pass(work);
  }
}
