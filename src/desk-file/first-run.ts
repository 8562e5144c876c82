import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { EmergencyContact } from '../escalation/emergency-contact.js';
import { Responders } from '../escalation/responders.js';
import { FirstAdmin } from '../identity/first-admin.js';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { CannotStart } from '../platform/problems/cannot-start.js';
import { Problem } from '../platform/problems/problem.js';
import { packageRoot } from '../platform/rendering/package-root.js';
import { Now } from '../platform/time/now.js';
import { inWords, type Change } from './changes.js';
import { DeskFiles } from './desk-files.js';
import { readDeskFile } from './read.js';

const DEFAULT_DESK = path.join(packageRoot, 'src', 'desk-file', 'default-desk.yaml');

/** What each start sees to: that the desk has something to work with, and what its settings say about it. */
@Injectable()
export class FirstRun {
  constructor(
    private readonly config: Config,
    private readonly files: DeskFiles,
    private readonly desk: DeskStore,
    private readonly firstAdmin: FirstAdmin,
    private readonly emergencyContact: EmergencyContact,
    private readonly responders: Responders,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  /**
   * An empty desk gets the defaults; then ADMIN_EMAIL, EMERGENCY_EMAIL and EMERGENCY_PHONE are heeded where nobody has
   * answered them otherwise, and CONFIG_FILE is applied. Processes that start together do it one after the other.
   */
  async run(tx: Transaction): Promise<void> {
    await this.furnish(tx);
    await this.firstAdmin.ensure(tx);
    await this.setEmergencyContact(tx);
    await this.applyConfigFile(tx);
    await this.markSetUp(tx);
  }

  /** Gives an empty desk the defaults. */
  async furnish(tx: Transaction): Promise<void> {
    await tx.lock('first run');
    if (!(await isEmpty(tx))) return;

    await this.files.apply(tx, readDeskFile(readFileSync(DEFAULT_DESK, 'utf8')), { name: 'first start' });
  }

  /** Later the pages are right: what was set there is not undone by the next start. */
  private async setEmergencyContact(tx: Transaction): Promise<void> {
    const { email, phone } = this.config.emergency;
    if (email === undefined && phone === undefined) return;
    const contact = await this.responders.emergency(tx);
    if (contact !== null && (contact.email !== null || contact.phone !== null)) return;

    await this.emergencyContact.set(tx, { email, phone });
  }

  private async applyConfigFile(tx: Transaction): Promise<void> {
    const { configFile } = this.config;
    if (configFile === undefined) return;

    let changes: Change[];
    try {
      changes = await this.files.apply(tx, readDeskFile(readFileSync(configFile, 'utf8')), { name: 'CONFIG_FILE' });
    } catch (error) {
      throw error instanceof Problem ? new CannotStart(explain(configFile, error), { cause: error }) : error;
    }
    if (changes.length === 0) return;

    tx.afterCommit(() => {
      this.log.info({ file: configFile, changes: changes.map(inWords) }, 'The desk file has been applied.');
    });
  }

  /** With an admin from the settings there is nobody whom the set-up page would wait for. */
  private async markSetUp(tx: Transaction): Promise<void> {
    if (this.config.admin === undefined) return;
    const { setUpAt } = await this.desk.readIn(tx);
    if (setUpAt === null) await this.desk.save(tx, { setUpAt: this.now.read() });
  }
}

async function isEmpty(tx: Transaction): Promise<boolean> {
  const [something] = await tx.query(
    `select where exists (select from level) or exists (select from queue) or exists (select from rule)
       or exists (select from policy)`,
  );
  return something === undefined;
}

function explain(file: string, { detail, faults }: Problem): string {
  const lines = faults.map(({ field, detail: fault }) => `  - ${field}: ${fault}`);
  return [`CONFIG_FILE ${file} cannot be applied. ${detail}`, ...lines].join('\n');
}
