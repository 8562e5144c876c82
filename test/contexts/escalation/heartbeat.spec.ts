import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Heartbeat } from '../../../src/escalation/heartbeat.js';
import { House } from '../../support/house.js';

describe('the heartbeat', () => {
  let beats: (string | undefined)[];
  let status: number;
  let listener: Server;
  let house: House;

  beforeAll(async () => {
    listener = createServer((request, response) => {
      beats.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    house = await House.open({ env: { HEARTBEAT_URL: `http://127.0.0.1:${port}/alive` } });
  });
  afterAll(async () => {
    await house.close();
    listener.close();
  });
  beforeEach(() => {
    beats = [];
    status = 200;
  });

  const beat = () => house.get(Heartbeat).sweep();

  it('is heard outside while nothing is wrong', async () => {
    expect(await beat()).toBe(1);
    expect(beats).toEqual(['/alive']);
  });

  it('is silent while an alarm stands, and is heard again after it', async () => {
    await house.query(
      `insert into alarm (kind, subject, detail, raised_at) values ('undelivered', 'x', 'Nobody was reached.', $1)`,
      [house.now.read()],
    );
    expect(await beat()).toBe(0);
    expect(beats).toEqual([]);

    await house.query('update alarm set cleared_at = $1', [house.now.read()]);
    expect(await beat()).toBe(1);
  });

  it('harms nothing where it is refused', async () => {
    status = 500;
    expect(await beat()).toBe(0);
    expect(beats).toEqual(['/alive']);
  });
});
