/** Adds up what Jest and the checks have written to a folder; the last line is for machines to read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
const sum = { passed: 0, failed: 0 };

console.log();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.exit'))) {
  const name = path.basename(file, '.exit');
  const { passed, failed, leftOut, faults } = figuresOf(name);
  // A step that fails although nothing in it did, such as one that does not come to its end, has failed all the same.
  const ended = readFileSync(path.join(folder, file), 'utf8').trim() === '0';
  const failures = ended ? failed : Math.max(failed, 1);
  sum.passed += passed;
  sum.failed += failures;
  console.log(`${name.padEnd(8)} ${passed} passed, ${failures} failed${leftOut > 0 ? `, ${leftOut} left out` : ''}`);
  for (const fault of faults) console.log(`         ${fault}`);
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed === 0 ? 0 : 1);

function figuresOf(name) {
  const file = path.join(folder, `${name}.json`);
  if (!existsSync(file)) return { passed: 0, failed: 1, leftOut: 0, faults: [] };

  const figures = JSON.parse(readFileSync(file, 'utf8'));
  if (figures.numPassedTests === undefined) return { ...figures, leftOut: 0, faults: [] };
  return {
    passed: figures.numPassedTests,
    // A file of tests that could not even be loaded has no tests to count.
    failed: figures.numFailedTests + figures.numRuntimeErrorTestSuites,
    leftOut: figures.numPendingTests,
    faults: figures.testResults.flatMap(faultsOf),
  };
}

/** Which tests of a file failed, each on a line; the file itself if it could not be loaded. */
function faultsOf({ name, status, assertionResults }) {
  const at = path.relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [at] : [];
  return failed.map(({ fullName }) => `${at}: ${fullName}`);
}
