import { PostOffice } from './post-office.js';

/** A post office in a process of its own, to be killed: listens on the database it is told, and says on which port. */
async function main(): Promise<void> {
  const office = await PostOffice.open({}, process.argv[3]);
  process.stdout.write(`${await office.startSmtp()}\n`);
}

void main();
