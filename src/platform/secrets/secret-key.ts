import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { prepareDataFolder, writeOncePrivately } from '../config/data-folder.js';
import { CannotStart } from '../problems/cannot-start.js';

const LEAST_CHARACTERS = 32;

/** The desk's secret key: the one of the settings, else the one in the data folder, which is made at the first start. */
export function readSecretKey({ secretKey, dataDir }: { secretKey: string | undefined; dataDir: string }): string {
  if (secretKey !== undefined) return secretKey;

  prepareDataFolder(dataDir);
  const file = path.join(dataDir, 'secret.key');
  const key = read(file).trim();
  if (key.length < LEAST_CHARACTERS) {
    throw new CannotStart(
      `The secret key in ${file} is too short to be one. Put it back from a backup, or remove the file: then a new key is made, ` +
        'and links in mails that were sent before no longer open.',
    );
  }
  return key;
}

function read(file: string): string {
  try {
    return existsSync(file)
      ? readFileSync(file, 'utf8')
      : writeOncePrivately(file, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    throw new CannotStart(`The secret key cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
