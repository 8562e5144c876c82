/** `npm run cli | demo | bench | test:chaos`: the other front doors, built first where dist/ is missing or stale. */
import { runBuilt } from './run-built.mjs';

const DOORS = { cli: 'src/cli.js', demo: 'src/demo.js', bench: 'bench/bench.js', chaos: 'test/chaos/chaos.js' };

const [door, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(DOORS, door ?? '')) {
  console.error(`Say what to run: ${Object.keys(DOORS).join(', ')}.`);
  process.exit(2);
}
// The demonstration has data of its own, unless told otherwise.
if (door === 'demo') process.env.DATA_DIR ??= 'data/demo';
process.argv = [process.argv[0], process.argv[1], ...rest];
await runBuilt(DOORS[door]);
