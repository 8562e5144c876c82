import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A file that came or went with a message. Its bytes lie in the blob store under their SHA-256. */
@Entity({ name: 'attachment' })
export class Attachment {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ name: 'message_id', type: 'uuid' })
  messageId!: string;

  @Column({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  filename!: string;

  @Column({ name: 'content_type', type: 'text' })
  contentType!: string;

  @Column({ type: 'integer' })
  size!: number;

  @Column({ type: 'text' })
  sha256!: string;

  @Column({ type: 'boolean' })
  inline!: boolean;

  @Column({ name: 'content_id', type: 'text', nullable: true })
  contentId!: string | null;
}
