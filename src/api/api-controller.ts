import {
  applyDecorators,
  Controller,
  createParamDecorator,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ExecutionContext,
} from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import { ApiProblemFilter } from './api-problem.filter.js';
import { API_ROOT } from './contract.js';
import { ContractInterceptor } from './contract.interceptor.js';
import type { ApiRequest } from './exchange.js';
import { TokenGuard } from './token.guard.js';

/** A controller under /api/v1: asks for a token and a role, takes only what the document describes, answers problems as RFC 9457. */
export const ApiController = (path: string): ClassDecorator =>
  applyDecorators(
    Controller(`${API_ROOT}/${path}`),
    UseGuards(TokenGuard),
    UseInterceptors(ContractInterceptor),
    UseFilters(ApiProblemFilter),
  );

/** Who asks. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): CurrentUser => {
  const { caller } = context.switchToHttp().getRequest<ApiRequest>();
  if (caller === undefined) throw new Error('A route of the API is not guarded.');
  return caller;
});

/** The request itself, for what concerns its headers. */
export const Request = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<ApiRequest>(),
);
