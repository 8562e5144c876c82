import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Metrics } from '../../platform/health/metrics.js';

/** Counts and times every answer, under the pattern of its route. */
export function measureRequests(app: NestFastifyApplication): void {
  const metrics = app.get(Metrics);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      metrics.requestAnswered(
        request.method,
        request.routeOptions.url ?? 'unknown',
        reply.statusCode,
        reply.elapsedTime / 1000,
      );
      done();
    });
}
