import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { Answer, type ApiReply, type ApiRequest } from './exchange.js';

/** Nothing reaches a controller but what the document describes; what the controller answers is sent as it says. */
@Injectable()
export class ContractInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    if (request.operation !== undefined) Object.assign(request, request.operation.check(request));
    return next.handle().pipe(map((answer: unknown) => send(http.getResponse<ApiReply>(), answer)));
  }
}

function send(reply: ApiReply, answer: unknown): unknown {
  // What one token may see, another may not.
  void reply.header('cache-control', 'private, no-store');
  if (!(answer instanceof Answer)) {
    void reply.status(200);
    return answer;
  }
  void reply.status(answer.status).headers(answer.headers);
  return answer.body;
}
