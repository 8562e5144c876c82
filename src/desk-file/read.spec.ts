import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DeskFileProblem } from './desk-file-problem.js';
import { readDeskFile } from './read.js';

/** Each fault as `line:column what`. */
function faultsOf(text: string): string[] {
  try {
    readDeskFile(text);
  } catch (error) {
    if (!(error instanceof DeskFileProblem)) throw error;
    return error.places.map(({ line, column, path: way, detail }) => `${line}:${column} ${way.join('.')} ${detail}`);
  }
  return [];
}

describe('A desk file', () => {
  it('is read with all that the contract shows', () => {
    const { file } = readDeskFile(`
calendars: [{name: Office, timezone: Europe/Berlin, week: {mon: [["09:00","17:00"]], tue: [["09:00","17:00"]]}, holidays: ["2026-12-25"], yearlyHolidays: ["01-01"], overrides: {"2026-12-24": [["09:00","12:00"]]}, breaks: {}}]
levels:    [{name: L1, title: Service down, targets: {firstResponse: 60, resolution: 240}, calendar: 24x7}]           # minutes of working time, or {workingDays: 3}
policies:  [{name: Standard, match: {level: [L2, L3, L4]}, calendar: Office, targets: {firstResponse: 240, nextResponse: 480, update: null, resolution: {workingDays: 3}}, pauses: {resolution: [waiting, on-hold]}, warnAt: [50, 75, 90], reopen: continue, chain: Default}]
rules:     [{name: Outage words, when: {anyWords: [outage, down], channel: [mail, form]}, then: {level: L1, queue: Support}}]   # first match wins; the last has no when
responders: [{name: Night phone, email: night@example.com, phone: "+49301234567", methods: [{kind: email}, {kind: webhook, url: "https://example.com/hook", afterSeconds: 0}]}]
chains:    [{name: Default, steps: [{afterMinutes: 0, notify: ["Night phone"]}], repeatEveryMinutes: 5}]
`);
    expect(file.calendars?.[0]?.overrides).toEqual({ '2026-12-24': [['09:00', '12:00']] });
    expect(file.levels?.[0]?.calendar).toBe('24x7');
  });

  it('of a new desk is a good one', () => {
    const text = readFileSync(path.join(__dirname, 'default-desk.yaml'), 'utf8');
    expect(readDeskFile(text).file.levels?.map(({ name }) => name)).toEqual(['L1', 'L2', 'L3', 'L4']);
  });

  it('may be empty, or written as JSON', () => {
    expect(readDeskFile('').file).toEqual({});
    expect(readDeskFile('# nothing yet\n').file).toEqual({});
    expect(readDeskFile('{"desk": {"name": "Help"}}').file).toEqual({ desk: { name: 'Help' } });
  });

  it('times and dates need no quotes', () => {
    const { file } = readDeskFile(
      'calendars:\n  - name: A\n    timezone: UTC\n    week: {mon: [[09:00, 17:00]]}\n    overrides: {2026-12-24: []}\n',
    );
    expect(file.calendars?.[0]).toMatchObject({ week: { mon: [['09:00', '17:00']] }, overrides: { '2026-12-24': [] } });
  });

  it('is refused with every fault at its line and column', () => {
    const text = `desk:
  nmae: Help
levels:
  - name: L1
    title: Service down
    targets:
      firstResponse: soon
      resolution: {workingDays: 3, hours: 2}
  - name: L2
    targets: {}
    colour: red
responders:
  - name: Night phone
    phone: +49301234567
    methods: [{kind: fax}]
webhook: []
`;
    expect(faultsOf(text)).toEqual([
      '2:3 desk.nmae is not known here; known are name, language, timezone, supportAddress, calendar',
      '7:7 levels.0.targets.firstResponse must be a number or an object with keys or nothing, not “soon”',
      '8:36 levels.0.targets.resolution.hours is not known here; known are workingDays',
      '9:5 levels.1 title is missing',
      '11:5 levels.1.colour is not known here; known are name, title, description, targets, calendar',
      '14:5 responders.0.phone must be a text, not 49301234567 (put it in quotes)',
      '15:15 responders.0.methods.0 must have a kind that is known here, not “fax”',
      expect.stringMatching(/^16:1 webhook is not known here; known are desk, calendars, /) as string,
    ]);
  });

  it('is refused where YAML itself is broken or a key is there twice', () => {
    expect(faultsOf('desk: "Help\n')).toEqual([expect.stringMatching(/^2:1 {2}Missing closing "quote/)]);
    expect(faultsOf('desk:\n  name: A\n  name: B\n')).toEqual(['3:3  This key is there twice.']);
    expect(faultsOf('desk: *nobody\n')).toEqual([expect.stringMatching(/^1:\d+ .*nobody/)]);
  });

  it('is refused where it names things twice', () => {
    expect(faultsOf('queues: [{name: A}, {name: B}, {name: A}]')).toEqual([
      '1:32 queues.2 The queue A is there twice.',
    ]);
    expect(faultsOf('organisations: [{name: Acme}, {name: ACME}]')).toHaveLength(1);
    expect(faultsOf('queues: [{name: A}, {name: a}]')).toEqual([]);
  });

  it('is refused with a calendar that cannot be', () => {
    const text = `calendars:
  - name: Office
    timezone: Europe/Atlantis
    week:
      mon: [["09:00", "12:00"], ["13:00", "13:00"]]
    holidays: [2026-12-25, 2026-02-30]
`;
    expect(faultsOf(text)).toEqual([
      '3:5 calendars.0.timezone “Europe/Atlantis” is not the name of a time zone; write one such as Europe/Berlin.',
      '5:33 calendars.0.week.mon.1 It opens and closes at the same time; a whole day is written 00:00 to 24:00.',
      '6:28 calendars.0.holidays.1 “2026-02-30” is not a date such as 2026-12-25.',
    ]);
  });

  it('that swells without end is refused', () => {
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      bomb.push(
        `b${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(faultsOf(bomb.join('\n'))).toEqual([expect.stringContaining('alias')]);
  });

  it('tells the places of the faults that others find', () => {
    const { refuse } = readDeskFile('queues:\n  - name: A\n    calendar: Nights\n');
    expect(() => {
      refuse([{ path: ['queues', 0, 'calendar'], detail: 'There is no calendar “Nights”.' }]);
    }).toThrow(
      expect.objectContaining({
        faults: [{ field: 'line 3, column 5', detail: 'queues[0].calendar: There is no calendar “Nights”.' }],
      }),
    );
  });
});
