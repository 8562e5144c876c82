import { All, Controller, Get, Req, Res, UseFilters } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';
import { ApiProblemFilter, MethodNotAllowed } from './api-problem.filter.js';
import { API_ROOT, Contract } from './contract.js';
import type { ApiReply, ApiRequest } from './exchange.js';

/** The OpenAPI document, for everybody; and the answer at every address of the API at which nothing is. */
@Controller(API_ROOT)
@UseFilters(ApiProblemFilter)
export class DocumentController {
  constructor(private readonly contract: Contract) {}

  @Get('openapi.json')
  async document(@Res({ passthrough: true }) reply: ApiReply): Promise<object> {
    void reply.header('access-control-allow-origin', '*').header('cache-control', 'public, max-age=300');
    return Promise.resolve(this.contract.document);
  }

  @All()
  root(@Req() request: ApiRequest): never {
    return this.nothingHere(request);
  }

  @All('*')
  elsewhere(@Req() request: ApiRequest): never {
    return this.nothingHere(request);
  }

  private nothingHere({ url }: ApiRequest): never {
    const methods = this.contract.methodsAt(url.split('?')[0] ?? '');
    if (methods.length > 0) throw new MethodNotAllowed(methods);
    throw Problem.notFound(`There is nothing at this address. ${API_ROOT}/openapi.json tells what there is.`);
  }
}
