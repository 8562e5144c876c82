import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.resolve(__dirname, '../..');
/** Generous: on a machine that is busy with other things a first start takes its time. */
const STARTS_WITHIN_MS = 120_000;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly env: Readonly<Record<string, string>>;
  /** The script and what it gets. */
  readonly args?: readonly string[];
  /** What it finds on standard input. */
  readonly input?: string;
  /** Whoever else shall run it. */
  readonly uid?: number;
  readonly gid?: number;
}

/** The desk as its users start it: a process of its own, with nothing of our environment. */
export class StartedDesk {
  private static readonly running = new Set<StartedDesk>();
  stdout = '';
  stderr = '';
  private readonly exited: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    StartedDesk.running.add(this);
    this.exited = once(child, 'close').then(([code]) => {
      StartedDesk.running.delete(this);
      return code as number | null;
    });
  }

  /** Starts the desk; resolves when it has opened its doors, fails when it ends before. */
  static async start({ env, args = ['scripts/start.mjs'], ...as }: Options): Promise<StartedDesk> {
    const desk = StartedDesk.begin({ env, args, ...as });
    await desk.says(env['SMTP_URL'] === undefined ? '\n  Mail going out' : '\n  Mail comes in');
    return desk;
  }

  /** Starts the desk, and does not wait for anything. */
  static begin(options: Options): StartedDesk {
    return StartedDesk.spawn(options);
  }

  /** Runs it to its end. */
  static async run(options: Options): Promise<Run> {
    const desk = StartedDesk.spawn(options);
    const code = await desk.exited;
    return { code, stdout: desk.stdout, stderr: desk.stderr };
  }

  /** Ends those that a failed test has left, so that it fails alone. */
  static async endAll(): Promise<void> {
    for (const desk of StartedDesk.running) await desk.end('SIGTERM');
  }

  private static spawn({ env, args = ['scripts/start.mjs'], input, ...as }: Options): StartedDesk {
    const child = spawn(
      process.execPath,
      args.map((word, index) => (index === 0 ? path.join(ROOT, word) : word)),
      {
        ...as,
        cwd: '/',
        env: { PATH: process.env['PATH'], ...env },
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        // A process group of its own, as a terminal gives it.
        detached: true,
      },
    );
    child.stdin?.end(input);
    return new StartedDesk(child, `http://127.0.0.1:${env['PORT'] ?? 3000}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when it has said these words; fails when it ends before. */
  async says(words: string): Promise<void> {
    const late = AbortSignal.timeout(STARTS_WITHIN_MS);
    const ended = this.exited.then(() => true);
    while (!this.stdout.includes(words)) {
      const over = await Promise.race([ended, sleep(20, false)]);
      if (over || late.aborted) {
        throw new Error(`The desk did not say “${words.trim()}”.\n${this.stdout}\n${this.stderr}`);
      }
    }
  }

  /** Ends it, and answers its exit code and how long that took. */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; seconds: number }> {
    const began = performance.now();
    this.child.kill(signal);
    const code = await this.exited;
    return { code, seconds: (performance.now() - began) / 1000 };
  }

  /** Ctrl-C goes to all processes of the terminal's foreground group. */
  async pressCtrlC(): Promise<number | null> {
    process.kill(-this.pid, 'SIGINT');
    return this.exited;
  }
}

/** Command lines of living processes in which this text occurs. */
export function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text) && !line.startsWith('Z'));
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
