import { LineCounter, parseDocument, type Document } from 'yaml';
import { itemsOf, nameOf, ONE, sameName, SECTIONS, type DeskFile } from './desk-file.js';
import {
  DeskFileProblem,
  DeskPieceProblem,
  pathOf,
  type DeskFileFault,
  type PlacedFault,
} from './desk-file-problem.js';
import { checkWrittenCalendar } from '../support-hours/written-calendar.js';
import { placeOf } from './reading/place.js';
import { faultsOfShape } from './reading/shape.js';

/** A desk file that says nothing impossible, and where in its text everything stands. */
export interface ReadDeskFile {
  readonly file: DeskFile;
  /** Throws the faults, each with its line and column, if there are any. */
  readonly refuse: (faults: readonly DeskFileFault[]) => void;
}

/** Reads a desk file. Throws a DeskFileProblem with everything that is wrong in it, as far as it tells by itself. */
export function readDeskFile(text: string): ReadDeskFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const refuse = (faults: readonly DeskFileFault[]): void => {
    if (faults.length > 0) throw new DeskFileProblem(inOrder(faults.map((fault) => placed(document, lines, fault))));
  };

  refuseBrokenYaml(document, lines);
  const content: unknown = valueOf(document, refuse) ?? {};
  refuse(faultsOfShape(content));
  const file = content as DeskFile;
  refuse([...faultsOfCalendars(file), ...faultsOfNames(file)]);
  return { file, refuse };
}

/** The same for a piece of a file that a form has put together: its faults say their way in it, as it has no lines. */
export function readPiece(content: unknown): ReadDeskFile {
  const refuse = (faults: readonly DeskFileFault[]): void => {
    if (faults.length > 0) throw new DeskPieceProblem(faults);
  };

  refuse(faultsOfShape(content));
  const file = content as DeskFile;
  refuse([...faultsOfCalendars(file), ...faultsOfNames(file)]);
  return { file, refuse };
}

/** The faults of a file's own making, such as a quote that is not closed or a key that is there twice. */
function refuseBrokenYaml(document: Document, lines: LineCounter): void {
  const faults = document.errors.map(({ pos: [offset], message, code }) => {
    const { line, col } = lines.linePos(offset);
    const detail = code === 'DUPLICATE_KEY' ? 'This key is there twice.' : message;
    return { path: [], line, column: col, detail };
  });
  if (faults.length > 0) throw new DeskFileProblem(inOrder(faults));
}

/** Aliases that lead to themselves or swell without end are found only now. */
function valueOf(document: Document, refuse: (faults: DeskFileFault[]) => void): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    refuse([{ path: [], detail: error.message }]);
    return undefined;
  }
}

function faultsOfCalendars({ calendars = [] }: DeskFile): DeskFileFault[] {
  return calendars.flatMap(({ name: _name, ...definition }, index) =>
    checkWrittenCalendar(definition).map(({ field, detail }) => ({
      path: ['calendars', index, ...pathOf(field)],
      detail,
    })),
  );
}

function faultsOfNames(file: DeskFile): DeskFileFault[] {
  return SECTIONS.flatMap((section) => {
    const names = itemsOf(file, section).map((item) => nameOf(section, item));
    return names.flatMap((name, index) =>
      names.findIndex((other) => sameName(section, other, name)) < index
        ? [{ path: [section, index], detail: `The ${ONE[section]} ${name} is there twice.` }]
        : [],
    );
  });
}

function placed(document: Document, lines: LineCounter, fault: DeskFileFault): PlacedFault {
  const { line, col } = lines.linePos(placeOf(document, fault.path));
  return { ...fault, line, column: col };
}

function inOrder(faults: PlacedFault[]): PlacedFault[] {
  return faults.sort((a, b) => a.line - b.line || a.column - b.column);
}
