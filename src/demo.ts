import 'reflect-metadata';
import { withHouse } from './cli/frame.js';
import { makeDemoDesk, DEMO_PASSWORD } from './demo/demo-desk.js';
import { staff } from './demo/stories.js';
import { explain } from './explain.js';

/** The demonstration: a desk with three months of history, made at the first start, and then opened like any other. */
async function main(): Promise<void> {
  const made = await withHouse(makeDemoDesk, { canBeMadeAgain: true });
  const people = staff.map(({ email, role }) => `  ${role.padEnd(16)}${email}`);
  process.stdout.write(
    `\n${made ? 'Three months of history have been made.' : 'This desk has its history already.'} Sign in with the password ${DEMO_PASSWORD} as\n${people.join('\n')}\n`,
  );
  await import('./main.js');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
