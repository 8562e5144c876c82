import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { PolicyItem } from './policies.js';

/** A policy that tickets are promised by. What it says is in its versions. */
@Entity({ name: 'policy' })
export class PolicyRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer' })
  position!: number;

  @Column({ name: 'current_version', type: 'integer' })
  currentVersion!: number;

  @Column({ name: 'calendar_id', type: 'uuid', nullable: true })
  calendarId!: string | null;

  @Column({ name: 'removed_at', type: 'timestamptz', nullable: true })
  removedAt!: Date | null;
}

/** What a policy says, or once said; never changed. */
@Entity({ name: 'policy_version' })
export class PolicyVersionRow {
  @PrimaryColumn({ name: 'policy_id', type: 'uuid' })
  policyId!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  definition!: PolicyItem;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
