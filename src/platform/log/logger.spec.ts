import { PassThrough } from 'node:stream';
import { QueryFailedError } from 'typeorm';
import { Log } from './logger.js';

describe('The log', () => {
  /** What is written when this is logged. */
  function written(fields: object): Record<string, unknown> {
    const stream = new PassThrough();
    Log.open('info', stream as unknown as NodeJS.WriteStream).error(fields, 'Something went wrong.');
    return JSON.parse(String(stream.read())) as Record<string, unknown>;
  }

  it('is one JSON object a line, with the instant and a sentence', () => {
    expect(written({ ticket: 1001 })).toEqual({
      ...{ level: 50, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), ticket: 1001, msg: 'Something went wrong.' },
    });
  });

  it('tells no secret, wherever it stands', () => {
    const line = JSON.stringify(
      written({
        password: 'hush-1',
        user: { token: 'hush-2', name: 'Ann' },
        req: { headers: { authorization: 'Bearer hush-3', cookie: 'session=hush-4', host: 'desk.test' } },
      }),
    );
    expect(line).not.toContain('hush');
    expect(line).toContain('Ann');
    expect(line).toContain('desk.test');
  });

  it('tells why a query failed, and nothing of what it worked with', () => {
    const failure = Object.assign(new Error('new row violates check constraint "some"'), {
      code: '23514',
      detail: 'Failing row contains (My diary).',
      where: 'JSON data, line 1: "My diary"',
    });
    const { err } = written({ err: new QueryFailedError('insert into message …', ['My diary'], failure) });
    expect(err).toMatchObject({ code: '23514', query: 'insert into message …' });
    expect(JSON.stringify(err)).not.toContain('diary');
    // As PostgreSQL's own driver throws it.
    const { err: bare } = written({ err: Object.assign(failure, { severity: 'ERROR' }) });
    expect(bare).toMatchObject({ code: '23514' });
    expect(JSON.stringify(bare)).not.toContain('diary');
  });
});
