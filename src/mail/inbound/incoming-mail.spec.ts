import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { IncomingMail } from './incoming-mail.js';

const MB = 1024 * 1024;

describe('a mail that comes in', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'punctual-incoming-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const chunk = (size: number, seed: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed) % 251));

  it('is given back byte by byte, however it came and however large it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 8 }), async (sizes) => {
        const mail = new IncomingMail(path.join(folder, 'new'));
        const chunks = sizes.map(chunk);
        for (const one of chunks) await mail.add(one);
        const whole = Buffer.concat(chunks);
        expect(mail.isSmall).toBe(whole.length <= MB);
        expect((await mail.take()).equals(whole)).toBe(true);
        await mail.drop();
      }),
      { numRuns: 40 },
    );
  });

  it('leaves no file, not even while it is there', async () => {
    const mail = new IncomingMail(folder);
    await mail.add(chunk(2 * MB, 1));
    expect(mail.isSmall).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await mail.drop();
  });

  it('goes to a file sooner where many come at once', async () => {
    const many = Array.from({ length: 60 }, () => new IncomingMail(folder));
    for (const mail of many) await mail.add(chunk(900_000, 2));
    expect(many.some(({ isSmall }) => !isSmall)).toBe(true);
    for (const mail of many) expect((await mail.take()).equals(chunk(900_000, 2))).toBe(true);
    const later = new IncomingMail(folder);
    await later.add(chunk(900_000, 3));
    expect(later.isSmall).toBe(true);
    await later.drop();
  });

  it('says so where there is no room for it', async () => {
    const file = path.join(folder, 'no-folder');
    writeFileSync(file, '');
    const mail = new IncomingMail(path.join(file, 'incoming'));
    await expect(mail.add(chunk(2 * MB, 1))).rejects.toThrow(/ENOTDIR|EEXIST/);
    await mail.drop();
  });
});
