import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '../platform/log/logger.js';
import { Problem, type ProblemKind } from '../platform/problems/problem.js';
import { Templates } from '../platform/rendering/templates.js';
import { Pages } from './pages.js';

/** What went wrong, as it is told to whoever asked. */
interface Told {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** The house's last word: a Problem becomes a page in words fit for the person; everything else is ours to mend, and logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly templates: Templates,
    private readonly log: Log,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;

    if (error instanceof Problem && error.kind === 'unauthenticated' && request.method === 'GET') {
      await this.pages.go(reply, `/sign-in?next=${encodeURIComponent(request.url)}`);
    } else {
      await this.tell(reply, toldOf(error), error);
    }
  }

  private async tell(reply: FastifyReply, told: Told, error: unknown): Promise<void> {
    const { request } = reply;
    if (told.status >= 500 && !(error instanceof Problem)) {
      this.log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'A request failed.');
    }
    if (told.retryAfterSeconds !== undefined) reply.header('retry-after', told.retryAfterSeconds);
    const model = { ...told, ours: told.status >= 500, requestId: request.id };
    try {
      await this.pages.show(reply, 'problems/problem', model, { status: told.status });
    } catch (again) {
      // Without a database there is no frame to put the page in.
      this.log.error({ err: again, requestId: request.id }, 'A page about a failure failed.');
      const page = this.templates.render('problems/bare', model);
      await reply.status(told.status).type('text/html; charset=utf-8').send(page);
    }
  }
}

function toldOf(error: unknown): Told {
  if (error instanceof Problem) {
    const { status, title, detail, retryAfterSeconds } = error;
    return { status, title, detail, retryAfterSeconds };
  }
  const status = statusOf(error);
  const kind = KINDS[status];
  if (kind === undefined) return OURS;

  const problem = new Problem(kind, DETAILS[kind] ?? '');
  return { status: problem.status, title: problem.title, detail: problem.detail };
}

/** What Nest and Fastify say themselves: no such route, a body too large, a rate exceeded. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number } | null)?.statusCode ?? 500;
}

const KINDS: Partial<Record<number, ProblemKind>> = {
  400: 'malformed',
  404: 'not-found',
  405: 'not-found',
  406: 'malformed',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
};

const DETAILS: Partial<Record<ProblemKind, string>> = {
  malformed: 'The desk could not make sense of what the browser sent.',
  'not-found': 'There is no page at this address. It may have been moved, or the link may be incomplete.',
  'too-large': 'What was sent is too large. Files may have 20 MB each and 25 MB together, ten at most.',
  'unsupported-media-type': 'The desk does not take this type of content.',
  'too-many-requests': 'That was a bit much in a short time. Wait a minute and try again.',
};

const OURS: Told = {
  status: 500,
  title: 'Something went wrong on our side',
  detail: 'It has been written down and will be looked at. Trying again in a moment may help.',
};
