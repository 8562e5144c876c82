/** Name of the job that sends queued letters. */
export const DELIVER_MAIL = 'deliver-mail';
