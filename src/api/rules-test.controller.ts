import { Body, Post } from '@nestjs/common';
import { Now } from '../platform/time/now.js';
import { Problem } from '../platform/problems/problem.js';
import type { Transaction } from '../platform/database/transaction.js';
import { RequestTrial, type ImaginedRequest, type Trial } from '../sla/request-trial.js';
import type { RuleItem } from '../tickets/rules.js';
import { ApiController, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';

interface RulesTest {
  readonly rules?: readonly RuleItem[];
  readonly request?: Omit<ImaginedRequest, 'at'>;
  readonly mail?: string;
  readonly ticket?: number;
  readonly at?: string;
}

/** Which rule a request would meet, and why. */
@ApiController('rules')
export class RulesTestController {
  constructor(
    private readonly trial: RequestTrial,
    private readonly idempotency: Idempotency,
    private readonly now: Now,
  ) {}

  @Post('test')
  async test(@Body() given: RulesTest, @Request() request: ApiRequest): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => new Answer(200, answerOf(await this.try(tx, given))));
  }

  private async try(tx: Transaction, { rules, request, mail, ticket, at: given }: RulesTest): Promise<Trial> {
    const at = given === undefined ? this.now.read() : new Date(given);
    if (mail !== undefined) return this.trial.ofMail(tx, Buffer.from(mail), at, rules);
    if (ticket !== undefined) return this.trial.ofTicket(tx, ticket, rules);
    if (request !== undefined) return this.trial.of(tx, { ...request, at }, rules);
    throw Problem.invalid('Give one of request, mail and ticket.', [
      { field: 'request', detail: 'is missing, and mail and ticket as well' },
    ]);
  }
}

function answerOf({ request, rules, ...trial }: Trial): object {
  const { at, ...asked } = request;
  return {
    request: { ...asked, at: at.toISOString() },
    rules: rules.map(({ answers, ...rule }) => ({ ...rule, conditions: answers })),
    ...trial,
  };
}
