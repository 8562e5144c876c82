import { Injectable } from '@nestjs/common';
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
    const alarms = await this.database.query<{ detail: string; incident: string | null }>(
      `select detail, incident.id as incident from alarm left join incident on incident.id::text = alarm.subject
       where cleared_at is null order by raised_at limit 3`,
    );
    return [
      ...((await this.emergencyContact.isReachable())
        ? (await this.emergencyContact.isVerified())
          ? []
          : [notVerified(admin, this.emergencyContact.mailLeaves)]
        : [nobodyReached(admin)]),
      ...alarms.map(({ detail, incident }): Banner => ({
        ...{ tone: 'danger', text: detail },
        ...(incident === null
          ? { href: '/incidents', link: 'Incidents' }
          : { href: `/incidents/${incident}`, link: 'The incident' }),
      })),
    ];
  }
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
