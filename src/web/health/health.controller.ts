import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Metrics } from '../../platform/health/metrics.js';
import { Readiness } from '../../platform/health/readiness.js';
import { Public } from '../access.js';

/** For those who look after machines. Nothing here tells what is in the desk. */
@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  live(): object {
    return { status: 'live' };
  }

  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const answer = await this.readiness.ask();
    const told = answer.ready ? { status: 'ready' } : { status: 'unavailable', detail: answer.because };
    await reply
      .status(answer.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(told);
  }

  @Get('metrics')
  async figures(@Res() reply: FastifyReply): Promise<void> {
    await reply.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
