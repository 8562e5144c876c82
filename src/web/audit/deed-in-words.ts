import type { AuditEntry } from '../../identity/audit.js';

/** What cannot be said by taking the action's name apart; the thing follows. */
const DEEDS: Readonly<Record<string, string>> = {
  'session.started': 'signed in as',
  'sessions.ended': 'ended sessions of',
  'token.issued': 'made an API token for',
  'token.revoked': 'revoked an API token of',
  'user.password-set': 'set the password of',
  'user.invited': 'invited',
  'contact.deliverable': 'allowed letters again to',
  'contact.sees-organisation': 'let see all requests of the organisation',
  'contact.sees-own-only': 'let see only their own requests',
  'calendar.holidays-refreshed': 'refreshed the holidays of',
  'webhook.secret-renewed': 'made a new secret for the',
  'webhook.replayed': 'sent again what was told to the',
  'levels.ordered': 'put into another order',
  'policies.ordered': 'put into another order',
};

/** `changed the policy`, before the name of the thing. */
export function deedInWords({ action, subject }: Pick<AuditEntry, 'action' | 'subject'>): string {
  const known = DEEDS[action];
  if (known !== undefined) return known;

  const [kind = '', deed = ''] = action.split('.');
  const verb = deed.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
  return subject.includes(' ') ? `${verb} the ${kind}` : verb;
}
