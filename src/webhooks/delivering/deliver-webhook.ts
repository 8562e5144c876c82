/** The job's name, for those who ring it. */
export const DELIVER_WEBHOOK = 'deliver-webhook';
