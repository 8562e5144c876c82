import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compileCalendar } from '../../calendar/business-calendar.js';
import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import { simulate, type Simulation } from './simulate.js';
import type { CalendarTerms } from './targets.js';

interface Vector {
  readonly name: string;
  readonly why: string;
  readonly given: Omit<Simulation, 'at'>;
  readonly expect: readonly { readonly at: string; readonly clocks: readonly Record<string, unknown>[] }[];
}

const FOLDER = path.join(__dirname, 'golden');
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));

const calendars = new Map<string, CalendarTerms>(
  Object.entries(read('calendars.json') as Record<string, CalendarDefinition>).map(([name, definition]) => [
    name,
    { name, version: null, hours: compileCalendar(definition) },
  ]),
);
const files = readdirSync(FOLDER).filter((file) => /^\d\d-.*\.json$/.test(file));

describe.each(files)('golden vectors: %s', (file) => {
  for (const { name, why, given, expect: expected } of read(file) as Vector[]) {
    it(`${name}: ${why}`, () => {
      const results = simulate({ ...given, at: expected.map(({ at }) => at) }, (calendar) => calendars.get(calendar));

      expected.forEach(({ clocks }, i) => {
        const got = results[i]?.clocks ?? [];
        expect(got.map((clock, k) => sameFields(clock, clocks[k] ?? {}))).toEqual(clocks.map(normal));
      });
    });
  }
});

it('has at least sixty of them', () => {
  expect(files.flatMap((file) => read(file) as Vector[]).length).toBeGreaterThanOrEqual(60);
});

/** Of a clock, the fields that the vector speaks of. */
function sameFields(clock: object, wanted: object): Record<string, unknown> {
  const fields = Object.entries(clock).filter(([field]) => field in wanted);
  return Object.fromEntries(fields.length > 0 ? fields : Object.entries(clock));
}

/** Vectors write instants in the offset in which they are easiest to check. */
function normal(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([field, content]) => {
      if (field === 'warnings') return [field, (content as Record<string, unknown>[]).map(normal)];
      const isInstant = typeof content === 'string' && /^(at|.*At)$/.test(field);
      return [field, isInstant ? new Date(content).toISOString() : content];
    }),
  );
}
