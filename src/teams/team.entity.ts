import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** What a team has agreed to: minutes of working time or working days from a ticket's assignment to the end of its work. */
export type HandlingTarget = number | { readonly workingDays: number };

/** People who work together, and who answers for them. */
@Entity({ name: 'team' })
export class Team {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'lead_id', type: 'uuid', nullable: true })
  leadId!: string | null;

  /** In which the handling target counts; without one, the ticket's calendar. */
  @Column({ name: 'calendar_id', type: 'uuid', nullable: true })
  calendarId!: string | null;

  /** Null: nothing is agreed. */
  @Column({ type: 'jsonb', nullable: true })
  handling!: HandlingTarget | null;
}

@Entity({ name: 'team_member' })
export class TeamMember {
  @PrimaryColumn({ name: 'team_id', type: 'uuid' })
  teamId!: string;

  @PrimaryColumn({ name: 'user_id', type: 'uuid' })
  userId!: string;
}
