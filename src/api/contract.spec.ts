import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { Contract } from './contract.js';
import { faultsOf } from './contract/words.js';

const contract = new Contract();

/** What is wrong with `value` as one of the document's schemas. */
function faults(schema: string, value: unknown): Record<string, string> {
  const validate = contract.schema(schema);
  const found: FieldFault[] = validate(value) ? [] : faultsOf(validate.errors ?? []);
  return Object.fromEntries(found.map(({ field, detail }) => [field, detail]));
}

describe('the contract', () => {
  it('knows an operation by the route that serves it', () => {
    expect(contract.operation('GET', '/api/v1/tickets/:number')?.id).toBe('getTicket');
    expect(contract.operation('DELETE', '/api/v1/tickets/:number')).toBeUndefined();
    expect(contract.methodsAt('/api/v1/tickets/1042')).toEqual(['GET', 'PATCH']);
    expect(contract.methodsAt('/api/v1/tickets/')).toEqual([]);
    expect(contract.methodsAt('/api/v1/calendars')).toEqual(['GET', 'POST']);
    expect(contract.methodsAt('/api/v1/calendars/Office')).toEqual(['GET', 'PUT', 'PATCH', 'DELETE']);
    expect(contract.methodsAt('/api/v1/calendars/calculate')).toContain('POST');
  });

  it('says what is wrong with each field in words for people', () => {
    const ticket = { subject: 'x', body: 'x', requester: { email: 'a@b.example' } };
    expect(faults('NewTicket', ticket)).toEqual({});
    expect(faults('NewTicket', { ...ticket, subject: '\n' })).toEqual({
      subject: 'must be: a line with at least one word',
    });
    expect(faults('NewTicket', { ...ticket, fields: { a: {} } })).toEqual({
      'fields.a': 'must be: a text of at most 2,000 characters, a number, or true or false',
    });
    expect(faults('TicketChanges', {})).toEqual({ '': 'must hold at least one field' });
    expect(faults('TicketChanges', { status: 'new' })).toEqual({
      status: 'must be one of open, waiting, on-hold, resolved, closed, spam',
    });
    expect(faults('TicketChanges', { levelReason: 'x' })).toEqual({
      level: 'is missing: it goes together with levelReason',
    });
    expect(faults('Operation', { op: 'guess' })['']).toMatch(
      /^must have a known op, one of add, addDays, between, isOpen/,
    );
    expect(faults('Policy', { name: 'P', targets: { firstResponse: -1 } })).toEqual({
      'targets.firstResponse': 'must be at least 0',
    });
    expect(
      faults('Calendar', { name: 'C', timezone: 'UTC', week: { mon: [['25:00', '26:00']] } })['week.mon[0][0]'],
    ).toMatch(/HH:MM/);
  });

  it('checks a request as a whole', () => {
    const list = contract.operation('GET', '/api/v1/tickets');
    const parts = { params: {}, headers: {}, body: undefined };
    expect(
      list?.check({ ...parts, query: { status: 'new,open', limit: '7', breached: 'true', q: '7' } }).query,
    ).toEqual({
      status: ['new', 'open'],
      limit: 7,
      breached: true,
      q: '7',
    });
    for (const query of [{ limit: '7.5' }, { limit: '' }, { limit: ['1', '2'] }, { breached: '1' }, { Limit: '7' }]) {
      expect(() => list?.check({ ...parts, query })).toThrow(Problem);
    }
  });

  it('finds an answer that it does not describe', () => {
    const get = contract.operation('GET', '/api/v1/tickets/:number');
    expect(get?.faultOfAnswer(200, 'application/json', { number: 1 })).toMatch(/required/);
    expect(get?.faultOfAnswer(202, 'application/json', {})).toMatch(/says nothing/);
    expect(get?.faultOfAnswer(200, 'text/html', '')).toMatch(/text\/html/);
    const problem = { type: 'urn:x', title: 'x', status: 404, detail: 'x' };
    expect(get?.faultOfAnswer(404, 'application/problem+json', problem)).toBeNull();
  });
});
