import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { IncidentEventType } from './timeline.js';

/** A line of an incident's timeline. */
@Entity({ name: 'incident_event' })
export class IncidentEventRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ name: 'incident_id', type: 'uuid' })
  incidentId!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  type!: IncidentEventType;

  @Column({ type: 'jsonb' })
  data!: Record<string, unknown>;
}
