import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ChainStep } from './chain/chain.js';

/** Whom to notify in which order, under a name. */
@Entity({ name: 'chain' })
export class ChainRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  definition!: { readonly steps: readonly ChainStep[]; readonly repeatEveryMinutes: number };
}
