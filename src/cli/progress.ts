const WIDTH = 30;

/** How far long work has come, on standard error: a bar on a terminal, elsewhere a line for each tenth. */
export class Progress {
  private shown = -1;

  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {
    this.reach(0);
  }

  reach(done: number): void {
    const percent = this.total <= 0 ? 100 : Math.min(100, Math.floor((done / this.total) * 100));
    const step = this.stream.isTTY ? percent : percent - (percent % 10);
    if (step === this.shown) return;

    this.shown = step;
    const filled = Math.round((step / 100) * WIDTH);
    const bar = '#'.repeat(filled).padEnd(WIDTH, '.');
    this.stream.write(
      this.stream.isTTY ? `\r${this.what} [${bar}] ${String(step).padStart(3)} %` : `${this.what} ${step} %\n`,
    );
  }

  finish(): void {
    this.reach(this.total);
    if (this.stream.isTTY) this.stream.write('\n');
  }
}
