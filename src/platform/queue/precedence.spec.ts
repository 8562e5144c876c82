import { Precedence } from './precedence.js';

describe('Precedence', () => {
  it('lets the others go on when what goes first is over, however it ended', async () => {
    const precedence = new Precedence();
    const order: string[] = [];
    let finish: (value: string) => void = () => undefined;
    const first = precedence.goFirst(() => new Promise<string>((resolve) => (finish = resolve)));
    const failing = precedence.goFirst(() => Promise.reject(new Error('no'))).catch(() => order.push('failed'));
    const other = precedence.standBack(60_000).then(() => order.push('went on'));
    await failing;
    order.push('finished');
    finish('value');
    await other;
    expect(order).toEqual(['failed', 'finished', 'went on']);
    expect(await first).toBe('value');
  });

  it('holds nobody up where nothing goes first, nor for ever where something never ends', async () => {
    const precedence = new Precedence();
    await precedence.standBack(50);
    void precedence.goFirst(() => new Promise(() => undefined));
    await precedence.standBack(50);
  });
});
