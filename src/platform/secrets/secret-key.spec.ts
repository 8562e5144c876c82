import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSecretKey } from './secret-key.js';

describe('the secret key', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = path.join(mkdtempSync(path.join(tmpdir(), 'punctual-key-')), 'new', 'data');
  });
  afterEach(() => {
    rmSync(path.resolve(dataDir, '../..'), { recursive: true });
  });

  it('is the one of the settings, and then nothing is kept', () => {
    const secretKey = 'x'.repeat(40);
    expect(readSecretKey({ secretKey, dataDir })).toBe(secretKey);
    expect(() => statSync(dataDir)).toThrow('ENOENT');
  });

  it('is made at the first start, for its owner only, and is the same ever after', () => {
    const key = readSecretKey({ secretKey: undefined, dataDir });
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(statSync(path.join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['secret.key']);
    expect(readSecretKey({ secretKey: undefined, dataDir })).toBe(key);
    expect(readFileSync(path.join(dataDir, 'secret.key'), 'utf8')).toBe(`${key}\n`);
  });

  it('is refused where the file holds none', () => {
    readSecretKey({ secretKey: undefined, dataDir });
    writeFileSync(path.join(dataDir, 'secret.key'), '\n');
    expect(() => readSecretKey({ secretKey: undefined, dataDir })).toThrow(/is too short to be one/);
  });

  it('cannot be kept where nothing can be written', () => {
    writeFileSync(path.resolve(dataDir, '../..', 'file'), '');
    const inAFile = path.resolve(dataDir, '../..', 'file', 'data');
    expect(() => readSecretKey({ secretKey: undefined, dataDir: inAFile })).toThrow(
      /^The folder for data \(DATA_DIR\), .* cannot be written in: /,
    );
  });
});
