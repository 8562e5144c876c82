import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ApiTokens } from '../identity/api-tokens.js';
import { mayActAs } from '../identity/current-user.js';
import { Problem } from '../platform/problems/problem.js';
import { Contract } from './contract.js';
import type { ApiReply, ApiRequest } from './exchange.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Nobody passes without a token, and nobody whose role is less than the document asks of the operation. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    private readonly contract: Contract,
    private readonly tokens: ApiTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    const caller = await this.callerOf(request, http.getResponse<ApiReply>());
    // HEAD is GET without the body.
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = this.contract.operation(method, request.routeOptions.url ?? '');
    if (operation === undefined) throw new Error(`${request.method} ${request.url} is not in the OpenAPI document.`);
    if (!mayActAs(caller, operation.role)) {
      throw Problem.forbidden(`This needs the role ${operation.role}; this token has the role ${caller.role}.`);
    }
    request.caller = caller;
    request.operation = operation;
    return true;
  }

  private async callerOf(request: ApiRequest, reply: ApiReply): Promise<NonNullable<ApiRequest['caller']>> {
    const given = request.headers.authorization;
    const token = BEARER.exec(given ?? '')?.[1];
    const caller = token === undefined ? null : await this.tokens.authenticate(token);
    if (caller !== null) return caller;

    const refused = given === undefined ? '' : ', error="invalid_token"';
    void reply.header('www-authenticate', `Bearer realm="Punctual"${refused}`);
    throw Problem.unauthenticated(
      given === undefined
        ? 'Send a token: “Authorization: Bearer TOKEN”.'
        : 'This token is not known here, or has been taken back.',
    );
  }
}
