import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CurrentUser } from '../identity/current-user.js';
import type { Operation } from './contract/operation.js';

/** A request to the API, as the guard and the check leave it. */
export interface ApiRequest extends FastifyRequest {
  caller?: CurrentUser;
  operation?: Operation;
}

export type ApiReply = FastifyReply;

/** What a controller answers when 200 and a body do not say all. */
export class Answer {
  constructor(
    readonly status: number,
    readonly body?: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}
