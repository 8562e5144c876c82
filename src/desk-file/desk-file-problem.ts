import { Problem } from '../platform/problems/problem.js';

/** The way to a value in a file: `['levels', 0, 'targets', 'resolution']`. */
export type Path = readonly (string | number)[];

/** What is wrong at one place of a desk file, in words for the person who wrote it. */
export interface DeskFileFault {
  readonly path: Path;
  readonly detail: string;
}

export interface PlacedFault extends DeskFileFault {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The file cannot be applied; nothing has been changed. */
export class DeskFileProblem extends Problem {
  constructor(readonly places: readonly PlacedFault[]) {
    super(
      'invalid',
      places.length === 1 ? 'The desk file has a fault.' : `The desk file has ${places.length} faults.`,
      places.map(({ line, column, path, detail }) => ({
        field: `line ${line}, column ${column}`,
        detail: path.length === 0 ? detail : `${fieldOf(path)}: ${detail}`,
      })),
    );
    this.name = 'DeskFileProblem';
  }
}

/** A piece of a desk file, such as a form makes, cannot be applied; nothing has been changed. */
export class DeskPieceProblem extends Problem {
  constructor(readonly places: readonly DeskFileFault[]) {
    super(
      'invalid',
      places.length === 1 ? (places[0]?.detail ?? '') : `${places.length} things need correcting.`,
      places.map(({ path, detail }) => ({ field: fieldOf(path), detail })),
    );
    this.name = 'DeskPieceProblem';
  }
}

/** `levels[0].targets.resolution` */
function fieldOf(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** The opposite: `targets.resolution`, `steps.0.notify[1]`. */
export function pathOf(field: string): Path {
  return field
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
