import { createHash } from 'node:crypto';
import { PROOF_BITS, RequestProofs } from '../../../src/tickets/request-proofs.js';
import { House } from '../../support/house.js';

/** What the script of the form does, by other means. */
function answerTo(task: string): string {
  for (let number = 0; ; number++) {
    const first = createHash('sha256').update(`${task} ${number}`).digest().readUInt32BE();
    if (first < 2 ** (32 - PROOF_BITS)) return String(number);
  }
}

describe('proof of work for the public form', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.openForBusiness();
  });
  afterAll(() => house.close());

  const take = (task: string, answer: string, address: string) =>
    house.transaction((tx) => house.get(RequestProofs).take(tx, { task, answer, address }));

  it('holds once, for the task it was made for, and for a day', async () => {
    const task = house.get(RequestProofs).task();
    const answer = answerTo(task);
    expect(await take(task, answer, '203.0.113.1')).toBe('proven');
    expect(await take(task, answer, '203.0.113.1')).toBe('unproven');
    expect(await take(house.get(RequestProofs).task(), answer, '203.0.113.1')).toBe('unproven');
    expect(await take(`a${task}`, answer, '203.0.113.1')).toBe('unproven');
    expect(await take('', '', '203.0.113.1')).toBe('unproven');

    const old = house.get(RequestProofs).task();
    await house.passTime('25h');
    expect(await take(old, answerTo(old), '203.0.113.1')).toBe('unproven');
  });

  it('hears those without scripts too, but only so many of one network and in all, until an hour has passed', async () => {
    const without = (address: string) => take('', '', address);
    for (let count = 0; count < 20; count++) await without(`2001:db8:1:1::${count}`);
    await expect(without('2001:db8:1:1::ffff')).rejects.toThrow('Too many requests');
    expect(await without('2001:db8:1:2::1')).toBe('unproven');

    const task = house.get(RequestProofs).task();
    expect(await take(task, answerTo(task), '2001:db8:1:1::1')).toBe('proven');
    for (let count = 0; count < 78; count++) await without(`198.51.100.${count}`);
    await expect(without('192.0.2.1')).rejects.toThrow('Too many requests');
    await house.passTime('61m');
    expect(await without('2001:db8:1:1::1')).toBe('unproven');
  });

  it('is forgotten after a day', async () => {
    await house.passTime('25h');
    await house.get(RequestProofs).sweep();
    expect(await house.query('select id from request_proof')).toEqual([]);
  });
});
