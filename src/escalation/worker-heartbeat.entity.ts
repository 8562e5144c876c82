import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That a worker lives, and how far its clock is behind the database's. */
@Entity({ name: 'worker_heartbeat' })
export class WorkerHeartbeatRow {
  @PrimaryColumn({ type: 'uuid' })
  worker!: string;

  @Column({ type: 'text' })
  host!: string;

  @Column({ type: 'text', array: true })
  roles!: string[];

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'beat_at', type: 'timestamptz' })
  beatAt!: Date;

  @Column({ name: 'behind_ms', type: 'integer' })
  behindMs!: number;
}
