import { Contract } from '../../../src/api/contract.js';
import type { Answer } from '../../support/api.js';
import { ApiClient } from '../../support/api.js';
import { API_TOKEN, type House } from '../../support/house.js';

const contract = new Contract();

/** A client that takes no answer on trust: each must be what the OpenAPI document says of its operation. */
export class CheckedClient extends ApiClient {
  override async send<Body = any>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const answer = await super.send<Body>(method, path, body, headers);
    const operation = operationAt(method, path);
    const mediaType = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const fault = operation?.faultOfAnswer(answer.status, mediaType, answer.body) ?? null;
    if (fault !== null) throw new Error(`${fault}\n${JSON.stringify(answer.body).slice(0, 2000)}`);
    return answer;
  }
}

/** With the admin's token, with another one, or with none at all: null. */
export const checked = (house: House, token: string | null = API_TOKEN): CheckedClient =>
  new CheckedClient(house.url, token ?? undefined);

function operationAt(method: string, path: string): ReturnType<Contract['operation']> {
  const steps = (path.split('?')[0] ?? '').split('/');
  return contract.operations.find((operation) => {
    const pattern = operation.path.split('/');
    return (
      operation.method === method &&
      pattern.length === steps.length &&
      pattern.every((step, i) => (step.startsWith('{') ? steps[i] !== 'calculate' : step === steps[i]))
    );
  });
}
