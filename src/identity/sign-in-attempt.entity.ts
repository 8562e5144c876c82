import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Somebody tried to sign in; what the limits count. */
@Entity({ name: 'sign_in_attempt' })
export class SignInAttemptRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  /** As typed, in lower case: it need not belong to anybody. */
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text' })
  address!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'boolean' })
  succeeded!: boolean;

  /** Where it came from a browser in which the account was signed in before. */
  @Column({ type: 'text', nullable: true })
  device!: string | null;
}
