import { Body, Post } from '@nestjs/common';
import { ApiController, Request } from './api-controller.js';
import { calculate, instantsIn } from './calculation.js';
import { Contract } from './contract.js';
import { once } from './contract/once.js';
import { Answer, type ApiRequest } from './exchange.js';
import { GivenCalendars, type GivenCalendar } from './given-calendar.js';
import { Idempotency } from './idempotency.js';

interface Calculation {
  readonly calendar: GivenCalendar;
  readonly operations: readonly unknown[];
}

/** Business-time arithmetic. */
@ApiController('calendars')
export class CalendarsController {
  private readonly isOperation;

  constructor(
    private readonly calendars: GivenCalendars,
    private readonly idempotency: Idempotency,
    contract: Contract,
  ) {
    this.isOperation = once(() => contract.schema('Operation'));
  }

  @Post('calculate')
  async calculate(@Body() { calendar, operations }: Calculation, @Request() request: ApiRequest): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      const compiled = await this.calendars.compiled(tx, calendar, instantsIn(operations));
      return new Answer(200, { results: calculate(compiled, operations, this.isOperation()) });
    });
  }
}
