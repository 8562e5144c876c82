import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { LARGEST_MAIL } from '../mail/mail-intake.js';
import { Problem } from '../platform/problems/problem.js';
import type { ApiProblemFilter } from './api-problem.filter.js';
import { API_ROOT } from './contract.js';

/** A ticket with a long text, or ten thousand calendar operations, with room to spare. */
const LARGEST_JSON = 8 * 1024 * 1024;

/** What Fastify must know before routes are made: how bodies are read, and how the API says that one cannot be, or that nothing is there. */
export function prepare(adapter: FastifyAdapter, problems: ApiProblemFilter): void {
  const fastify = adapter.getInstance<FastifyInstance>();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  adapter.useBodyParser('application/json', false, { bodyLimit: LARGEST_JSON }, (request, body, done) => {
    // Many programs say that they send JSON even where they send nothing.
    if (body.length === 0) done(null, undefined);
    else void parse(request, body.toString('utf8'), done);
  });
  adapter.useBodyParser('message/rfc822', false, { bodyLimit: LARGEST_MAIL }, (_request, body, done) => {
    done(null, body);
  });
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`${API_ROOT}/`)) return;
    route.errorHandler = (error, request, reply) => {
      problems.answer(error, request, reply);
    };
  });
  // An empty step, such as in /api/v1/tickets/, leads past every route. Nest finds that out late: after the first hooks.
  fastify.addHook('preHandler', (request, reply, done) => {
    if (request.is404 && request.url.startsWith('/api/')) {
      problems.answer(Problem.notFound('There is nothing at this address.'), request, reply);
    } else {
      done();
    }
  });
}
