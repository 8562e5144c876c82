import type { Role } from '../../identity/current-user.js';

/** What each role is called, and what it lets do. */
export const ROLE_WORDS: Readonly<Record<Role, { readonly title: string; readonly text: string }>> = {
  admin: { title: 'Admin', text: 'Everything: people, settings, mail and the audit log.' },
  manager: { title: 'Manager', text: 'All that agents may, reports, and a look at the settings.' },
  agent: { title: 'Agent', text: 'Works on tickets and acknowledges incidents.' },
  customer: { title: 'Customer', text: 'Sees their own requests only.' },
};
