import type { Rest } from './chain/rest.js';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { StoredMethod } from './methods.js';

/** Somebody who can be called. */
@Entity({ name: 'responder' })
export class ResponderRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ type: 'text', nullable: true })
  phone!: string | null;

  @Column({ type: 'jsonb' })
  methods!: StoredMethod[];

  @Column({ type: 'boolean' })
  emergency!: boolean;

  /** When they are not called; null: always. */
  @Column({ type: 'jsonb', nullable: true })
  rest!: Rest | null;
}
