import { Now } from './now.js';

/** A database whose clock is so far ahead of ours, and that takes its time on the way there and back. */
class Far {
  private machine = 1_000_000;

  constructor(
    private readonly aheadMs: number,
    private readonly thereMs: number,
    private readonly backMs: number,
  ) {
    jest.spyOn(Date, 'now').mockImplementation(() => this.machine);
  }

  readonly ask = <Row>(): Promise<Row[]> => {
    this.machine += this.thereMs;
    const ms = String(this.machine + this.aheadMs);
    this.machine += this.backMs;
    return Promise.resolve([{ ms } as Row]);
  };
}

describe('the time of day', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is the database’s, not this machine’s', async () => {
    const now = new Now();
    await now.sample(new Far(5_000, 3, 3).ask);
    expect(now.behindDatabaseMs).toBe(5_000);
    expect(now.read().getTime()).toBe(Date.now() + 5_000);
  });

  it('does not jump because the machine was too busy to hear the answer', async () => {
    const now = new Now();
    await now.sample(new Far(20, 3, 3).ask);
    await now.sample(new Far(20, 3, 8_000).ask);
    expect(now.behindDatabaseMs).toBe(20);
  });

  it('does not take a busy machine for one whose clock is wrong, not even at first', async () => {
    const now = new Now();
    await now.sample(new Far(0, 6_000, 3).ask);
    expect(now.behindDatabaseMs).toBe(0);
  });

  it('sees a wrong clock even then, as far as it is sure', async () => {
    const now = new Now();
    await now.sample(new Far(10_000, 1_000, 1_000).ask);
    expect(now.behindDatabaseMs).toBe(9_000);
  });
});
