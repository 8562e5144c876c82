import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { transformFileSync } from '@swc/core';

const ROOT = path.resolve(__dirname, '../../..');
const SOURCES = ['src/mail', 'src/platform', 'src/desk'];

const SCRIPT = `
  import 'reflect-metadata';
  import { Dns } from './src/mail/dns.js';
  import { SenderChecks } from './src/mail/inbound/senders/sender-checks.js';
  import { MailReader } from './src/mail/inbound/mail-reader.js';
  const reader = new MailReader();
  const mails = await Promise.all([1, 2, 3].map((n) => reader.read(Buffer.from('From: a@b.c\\r\\nSubject: mail ' + n + '\\r\\n\\r\\nwords'), { envelopeFrom: 'a@b.c', envelopeTo: [] }, { addresses: [], domains: [] })));
  const bomb = 'Content-Type: message/rfc822\\r\\n\\r\\n'.repeat(100);
  const reason = await reader.read(Buffer.from(bomb), { envelopeFrom: null, envelopeTo: [] }, { addresses: [], domains: [] }).catch((error) => error.message);
  console.log(JSON.stringify([...mails.map(({ subject }) => subject), reason, await checked()]));

  async function checked() {
    const dns = new Dns();
    dns.use((name) => name === 'b.c' ? Promise.resolve([['v=spf1 ip4:8.8.8.8 -all']]) : Promise.resolve([['v=DMARC1; p=reject']]));
    const checks = new SenderChecks(dns, { child: () => console });
    const client = { address: '8.8.8.8', name: 'mail.b.c', envelopeFrom: 'a@b.c' };
    return checks.check({ raw: Buffer.from('From: a@b.c\\r\\n\\r\\nwords'), from: 'a@b.c', client });
  }
`;

/** Under Jest the thread runs from TypeScript; the desk runs compiled modules, and there it must be found as well. */
describe('the threads of the mail, compiled', () => {
  it('read and check, and end with its process', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'punctual-compiled-'));
    try {
      for (const source of SOURCES.flatMap(filesIn)) compile(source, folder);
      copyFileSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
      symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
      writeFileSync(path.join(folder, 'read.js'), SCRIPT);
      const { stdout } = await promisify(execFile)(process.execPath, ['read.js'], { cwd: folder, timeout: 20_000 });
      expect(JSON.parse(stdout)).toEqual([
        'mail 1',
        'mail 2',
        'mail 3',
        'Its parts are nested deeper than 64 levels.',
        { spf: 'pass', dkim: 'none', dmarc: 'pass' },
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});

function filesIn(source: string): string[] {
  if (source.endsWith('.ts')) return [source];
  return readdirSync(path.join(ROOT, source), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => path.join(source, file));
}

function compile(source: string, folder: string): void {
  const { code } = transformFileSync(path.join(ROOT, source), {
    swcrc: false,
    configFile: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
  });
  const target = path.join(folder, source.replace(/\.ts$/, '.js'));
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, code);
}
