import type { PipeTransform } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';

/** A ticket's number from the address; whatever else stands there is no ticket. */
export class TicketNumber implements PipeTransform<string, number> {
  transform(given: string): number {
    if (!/^[1-9]\d{0,8}$/.test(given)) throw Problem.notFound('There is no such ticket.');
    return Number(given);
  }
}
