import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Role } from './current-user.js';

/** Somebody who may sign in, or a program that acts with a token (`service`), which may not. */
@Entity({ name: 'app_user' })
export class AppUserRow {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In lower case. */
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  role!: Role;

  @Column({ name: 'password_hash', type: 'text', nullable: true })
  passwordHash!: string | null;

  /** Null: the desk's. */
  @Column({ type: 'text', nullable: true })
  timezone!: string | null;

  /** Whether single keys do something on the pages of the workspace. */
  @Column({ name: 'single_keys', type: 'boolean', default: true })
  singleKeys!: boolean;

  @Column({ type: 'boolean' })
  service!: boolean;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
