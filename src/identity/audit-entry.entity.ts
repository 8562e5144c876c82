import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { AuditedBy } from './audit.js';

/** Who did what, and when. The database refuses to change or delete a row. */
@Entity({ name: 'audit_entry' })
export class AuditEntryRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'jsonb' })
  by!: AuditedBy;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'jsonb' })
  data!: Record<string, unknown>;
}
