import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A customer's firm: whose people we know by their e-mail domain, and whose tier and calendar promises hang on. */
@Entity({ name: 'organisation' })
export class Organisation {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  tier!: string | null;

  @Column({ type: 'text', array: true })
  domains!: string[];

  @Column({ name: 'calendar_id', type: 'uuid', nullable: true })
  calendarId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
