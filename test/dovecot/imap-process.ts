import { ImapIntake } from '../../src/mail/inbound/imap-intake.js';
import { PostOffice } from '../contexts/mail/post-office.js';

/** A post office in a process of its own, to be killed: fetches from the accounts in the database it is told. */
async function main(): Promise<void> {
  const office = await PostOffice.open({}, process.argv[3]);
  office.get(ImapIntake).start(100);
  process.stdout.write('fetching\n');
}

void main();
