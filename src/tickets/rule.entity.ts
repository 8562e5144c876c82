import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { RuleConditions } from './rules/match.js';
import type { RuleEffect } from './ticket-events.js';

/** An assignment rule. They are asked in order; the first whose conditions all hold decides. */
@Entity({ name: 'rule' })
export class RuleRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb', nullable: true })
  when!: RuleConditions | null;

  @Column({ type: 'jsonb' })
  then!: RuleEffect;
}
