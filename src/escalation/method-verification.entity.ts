import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { MethodKind } from './methods.js';

/** The proof, or the attempt at one, that a responder is reached by a way. */
@Entity({ name: 'method_verification' })
export class MethodVerificationRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ name: 'responder_id', type: 'uuid' })
  responderId!: string;

  @Column({ type: 'text' })
  method!: MethodKind;

  @Column({ type: 'text' })
  address!: string;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'verified_at', type: 'timestamptz', nullable: true })
  verifiedAt!: Date | null;
}
