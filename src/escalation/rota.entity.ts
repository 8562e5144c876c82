import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Rota } from './chain/rota.js';

/** People who take turns, under a name. */
@Entity({ name: 'rota' })
export class RotaRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  definition!: Rota;

  /** Whoever is on call in it is the 24x7 emergency contact. */
  @Column({ type: 'boolean' })
  emergency!: boolean;

  /** Counts how often its feed for calendar programs was given another address. */
  @Column({ type: 'integer' })
  feed!: number;
}
