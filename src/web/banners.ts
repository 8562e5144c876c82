import { Injectable } from '@nestjs/common';
import type { AlarmKind } from '../escalation/alarms.js';
import { EmergencyContact } from '../escalation/emergency-contact.js';
import { mayActAs, type CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';

export interface Banner {
  readonly tone: 'danger' | 'warning';
  readonly text: string;
  readonly href: string | null;
  readonly link: string;
}

/** What stands above every page of the staff until it is put right. */
@Injectable()
export class Banners {
  constructor(
    private readonly database: Database,
    private readonly emergencyContact: EmergencyContact,
  ) {}

  async forStaff(user: CurrentUser): Promise<Banner[]> {
    const admin = mayActAs(user, 'admin');
    const alarms = await this.database.query<{ kind: AlarmKind; detail: string; incident: string | null }>(
      `select kind, detail, incident.id as incident from alarm left join incident on incident.id::text = alarm.subject
       where cleared_at is null order by raised_at limit 3`,
    );
    return [
      ...((await this.emergencyContact.isReachable())
        ? (await this.emergencyContact.isVerified())
          ? []
          : [notVerified(admin, this.emergencyContact.mailLeaves)]
        : [nobodyReached(admin)]),
      ...alarms.map(({ detail, ...alarm }): Banner => ({ tone: 'danger', text: detail, ...whereTo(alarm, admin) })),
    ];
  }
}

function whereTo(
  { kind, incident }: { kind: AlarmKind; incident: string | null },
  admin: boolean,
): Pick<Banner, 'href' | 'link'> {
  if (incident !== null) return { href: `/incidents/${incident}`, link: 'The incident' };
  if (kind === 'outbox-late') return { href: admin ? '/admin/outbox' : null, link: 'Outbox' };
  return { href: '/incidents', link: 'Incidents' };
}

function nobodyReached(admin: boolean): Banner {
  return {
    tone: 'danger',
    text: 'Nobody will be reached when a promise is broken: there is no 24x7 emergency contact.',
    href: admin ? '/admin/emergency-contact' : null,
    link: 'Name one',
  };
}

function notVerified(admin: boolean, mailLeaves: boolean): Banner {
  const mail = mailLeaves ? '' : ' Mail is only kept in the outbox, for no relay is set (SMTP_URL).';
  return {
    tone: 'danger',
    text: `Nobody will be reached, as far as this desk knows: the 24x7 emergency contact has not confirmed yet that a call gets through.${mail}`,
    href: admin ? '/admin/responders/emergency' : null,
    link: 'Send them a code',
  };
}
