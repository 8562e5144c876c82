import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Log } from '../platform/log/logger.js';
import { Problem } from '../platform/problems/problem.js';
import type { ApiReply, ApiRequest } from './exchange.js';

/** Every problem under /api leaves as RFC 9457 says. */
@Catch()
export class ApiProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<ApiRequest>(), http.getResponse<ApiReply>());
  }

  /** For what goes wrong before Nest has the request: an unreadable body, or one too large. */
  answer(error: unknown, request: ApiRequest, reply: ApiReply): void {
    const problem = problemIn(error);
    if (problem === null) {
      const { method, url, id } = request;
      this.log.error({ err: error, method, url: url.split('?')[0], requestId: id }, 'A request to the API failed.');
    }
    const { status, headers, ...words } = problem === null ? fault : described(problem);
    void reply
      .status(status)
      .headers({ 'cache-control': 'no-store', ...headers, 'content-type': 'application/problem+json' })
      // As bytes: to a text Fastify would add a charset, which this media type does not have.
      .send(Buffer.from(JSON.stringify({ ...words, status, requestId: request.id })));
  }
}

interface Described {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly object[];
}

/** Ours to mend: nothing of it is told. */
const fault: Described = {
  status: 500,
  type: 'urn:punctual:problem:fault',
  title: 'Something went wrong on our side',
  detail: 'It has been logged. If it happens again, tell the people who run this desk the requestId.',
};

/** The method is wrong; the address is right. */
export class MethodNotAllowed extends Error {
  constructor(readonly allowed: readonly string[]) {
    super(`This address takes ${allowed.join(', ')} only.`);
  }
}

function described(problem: Problem | MethodNotAllowed): Described {
  if (problem instanceof MethodNotAllowed) {
    const allow = problem.allowed.join(', ');
    return {
      status: 405,
      headers: { allow },
      type: typeOf('method'),
      title: 'Method not allowed',
      detail: problem.message,
    };
  }
  const { status, kind, title, detail, faults, retryAfterSeconds } = problem;
  return {
    status,
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(Math.ceil(retryAfterSeconds)) } }),
    type: typeOf(kind),
    title,
    detail,
    ...(faults.length === 0
      ? {}
      : { errors: faults.map(({ field, detail: words }) => ({ field: bracketed(field), detail: words })) }),
  };
}

const typeOf = (kind: string): string => `urn:punctual:problem:${kind}`;

/** Positions are written in brackets everywhere: `steps[0].notify`. */
const bracketed = (field: string): string => field.replace(/\.(\d+)(?=[.[]|$)/g, '[$1]');

function problemIn(error: unknown): Problem | MethodNotAllowed | null {
  if (error instanceof Problem || error instanceof MethodNotAllowed) return error;

  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  if (status === 413) return Problem.tooLarge('The body is larger than this operation takes.');
  if (status === 415)
    return Problem.unsupportedMediaType(
      'This type of content is not taken here; most operations take application/json.',
    );
  if (status === 404) return Problem.notFound('There is nothing at this address.');
  if (status === 429) return Problem.tooManyRequests('These were too many requests. Wait a minute.', 60);
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  return Problem.malformed(
    code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' ? 'The body is not as long as its header says.' : wordsOf(error),
  );
}

/** What the JSON parser found is the sender's to know; of other errors nothing is repeated. */
function wordsOf(error: unknown): string {
  const { name, message } = error as Error;
  return name === 'SyntaxError' || /JSON/.test(message) ? 'The body is not valid JSON.' : 'The request cannot be read.';
}
