/** `npm start`: the desk, built first where dist/ is missing or stale. */
import { runBuilt } from './run-built.mjs';

await runBuilt('src/main.js');
