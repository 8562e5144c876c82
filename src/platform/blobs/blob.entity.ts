import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A file's bytes under their SHA-256 (hexadecimal). */
@Entity({ name: 'blob' })
export class BlobRow {
  @PrimaryColumn({ type: 'text' })
  sha256!: string;

  @Column({ type: 'integer' })
  size!: number;

  @Column({ type: 'bytea' })
  content!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
