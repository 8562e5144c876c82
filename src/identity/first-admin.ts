import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Users } from './users.js';

/** The first admin of an unattended install, from ADMIN_EMAIL and ADMIN_PASSWORD. */
@Injectable()
export class FirstAdmin {
  constructor(
    private readonly config: Config,
    private readonly users: Users,
  ) {}

  /** Adds the admin at the first start. Later starts change nothing: the password may have been changed since. */
  async ensure(tx: Transaction): Promise<void> {
    const { admin } = this.config;
    if (admin === undefined) return;

    const email = admin.email.toLowerCase();
    const [known] = await tx.query<{ id: string; password: boolean }>(
      `select id, password_hash is not null as password from app_user where email = $1`,
      [email],
    );
    const by = { name: 'ADMIN_EMAIL' };
    if (known === undefined) {
      await this.users.add(tx, { email, name: nameFrom(email), role: 'admin', password: admin.password }, by);
    } else if (!known.password) {
      await this.users.setPassword(tx, known.id, admin.password, by);
    }
  }
}

/** `ann.smith@example.com` is Ann Smith until she says otherwise. */
function nameFrom(email: string): string {
  const words = (email.split('@')[0] ?? '').split(/[._+-]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || email;
}
