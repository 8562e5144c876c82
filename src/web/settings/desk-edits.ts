import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { changeOfOrder, changesOf, type Change } from '../../desk-file/changes.js';
import {
  itemsOf,
  nameOf,
  ONE,
  sameName,
  SECTIONS,
  type DeskEntry,
  type DeskFile,
  type Item,
  type SectionName,
} from '../../desk-file/desk-file.js';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { DeskPieceProblem, type Path } from '../../desk-file/desk-file-problem.js';
import { readPiece } from '../../desk-file/read.js';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Rehearsal, type Impact } from '../../sla/rehearsal.js';
import { changeInWords, linesBetween, type ChangeInWords, type ChangedLine } from './change-in-words.js';

/** What somebody wants to make of the desk: a piece of the desk file, or a deed such as the removal of a thing. */
export type DeskEdit = { readonly piece: DeskFile } | DeskDeed;

/** What a piece of a desk file cannot say. */
export interface DeskDeed {
  readonly section: SectionName;
  /** Of the thing; of the whole list where that is meant, nothing. */
  readonly name: string | null;
  readonly make: (tx: Transaction) => Promise<unknown>;
}

export interface Review {
  readonly changes: readonly ChangeInWords[];
  /** What somebody else made of it since the form was opened. */
  readonly meanwhile: Meanwhile | null;
  /** What it would do to the clocks that run; null where nothing that they go by would be another. */
  readonly impact: Impact | null;
  /** What is there now, for the next step to say that it has seen it. */
  readonly seen: string;
}

interface Meanwhile {
  readonly by: string;
  readonly at: Date | null;
  readonly lines: readonly ChangedLine[];
}

/** The desk refuses it; the fields are those of the form. */
export class EditRefused extends Error {
  constructor(readonly faults: readonly FieldFault[]) {
    super('The desk cannot become what the form says.');
  }
}

/** Somebody else has changed the same thing since the form was opened. */
export class ChangedMeanwhile extends Error {}

/** Where a fault of the desk file stands in the form: `targets.resolution` of its one thing. */
export type FieldOf = (path: Path) => string;

const wayInTheThing: FieldOf = (path) => path.slice(2).join('.');

/** What pages change of the desk: looked at first, then saved, by the way of the desk file. */
@Injectable()
export class DeskEdits {
  constructor(
    private readonly database: Database,
    private readonly files: DeskFiles,
    private readonly rehearsal: Rehearsal,
  ) {}

  /** What it would change. It is done and undone, so the answer is exact. `seen` null: nobody has looked before. Throws EditRefused. */
  async review(
    edit: DeskEdit,
    by: CurrentUser,
    seen: string | null,
    fieldOf: FieldOf = wayInTheThing,
  ): Promise<Review> {
    try {
      await this.database.transaction(async (tx) => {
        await this.files.holdStill(tx);
        const standing = await this.standing(tx, edit);
        const meanwhile = await this.meanwhile(tx, edit, seen, standing);
        let changes: Change[] = [];
        const impact = await this.rehearsal.within(tx, async () => {
          changes = await this.make(tx, edit, by, fieldOf);
        });
        const words = changes.map((change) => changeInWords(change, addedThing(edit, change)));
        throw new LookedAt({ changes: words, meanwhile, impact: impact.same ? null : impact, seen: textOf(standing) });
      });
    } catch (error) {
      if (error instanceof LookedAt) return error.review;
      throw error;
    }
    throw new Error('A transaction that threw was committed.');
  }

  /** Does it, unless somebody was faster; answers what has changed. Throws EditRefused and ChangedMeanwhile. */
  async save(
    tx: Transaction,
    edit: DeskEdit,
    by: CurrentUser,
    seen: string,
    fieldOf: FieldOf = wayInTheThing,
  ): Promise<Change[]> {
    await this.files.holdStill(tx);
    if (!isDeepStrictEqual(seenBy(seen), await this.standing(tx, edit))) throw new ChangedMeanwhile();

    return this.make(tx, edit, by, fieldOf);
  }

  private async make(tx: Transaction, edit: DeskEdit, by: CurrentUser, fieldOf: FieldOf): Promise<Change[]> {
    try {
      if ('piece' in edit) return await this.files.apply(tx, readPiece(edit.piece), by);

      const before = await this.files.items(tx, edit.section);
      const already = await this.files.namingNothing(tx);
      await edit.make(tx);
      refuseLeftovers((await this.files.namingNothing(tx)).filter((thing) => !already.includes(thing)));
      const after = await this.files.items(tx, edit.section);
      return [...changesOf(edit.section, before, after), ...changeOfOrder(edit.section, before, after)];
    } catch (error) {
      if (error instanceof DeskPieceProblem) {
        throw new EditRefused(error.places.map(({ path, detail }) => ({ field: fieldOf(path), detail })));
      }
      if (error instanceof Problem) {
        throw new EditRefused(error.faults.length > 0 ? error.faults : [{ field: '', detail: error.detail }]);
      }
      throw error;
    }
  }

  /** What is there now of what it would change: a thing, nothing (null), or several with their order. */
  private async standing(tx: Transaction, edit: DeskEdit): Promise<unknown> {
    if (!('piece' in edit)) return plain(await this.of(tx, edit.section, edit.name));
    if (edit.piece.desk !== undefined) return plain(await this.files.deskEntry(tx));

    const section = sectionOf(edit.piece);
    const items = itemsOf(edit.piece, section);
    const [first] = items;
    const name = items.length === 1 && first !== undefined ? nameOf(section, first) : null;
    return plain(await this.of(tx, section, name));
  }

  private async of(tx: Transaction, section: SectionName, name: string | null): Promise<unknown> {
    const items = await this.files.items(tx, section);
    return name === null ? items : (items.find((item) => sameName(section, nameOf(section, item), name)) ?? null);
  }

  private async meanwhile(
    tx: Transaction,
    edit: DeskEdit,
    seen: string | null,
    standing: unknown,
  ): Promise<Meanwhile | null> {
    if (seen === null) return null;

    const before = seenBy(seen);
    if (isDeepStrictEqual(before, standing)) return null;

    const subject = subjectOf(edit);
    const [last] = await tx.query<{ by: { name: string }; at: Date }>(
      `select by, at from audit_entry where subject = any($1) order by id desc limit 1`,
      [subject],
    );
    const kind = 'piece' in edit && edit.piece.desk !== undefined ? 'desk' : ONE[sectionIn(edit)];
    const lines = Array.isArray(standing)
      ? changesOf(sectionIn(edit), asItems(before), asItems(standing)).map(asLine)
      : linesBetween(kind, before ?? {}, standing ?? {});
    return { by: last?.by.name ?? 'Somebody', at: last?.at ?? null, lines };
  }
}

/** What a form carries to say what it was opened on. */
export function seenOf(standing: DeskEntry | object | null): string {
  return textOf(plain(standing));
}

class LookedAt extends Error {
  constructor(readonly review: Review) {
    super('Only looked at.');
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const textOf = (value: unknown): string => JSON.stringify(value);

/** What is not readable was not seen: then the difference is shown. */
function seenBy(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function sectionIn(edit: DeskEdit): SectionName {
  return 'piece' in edit ? sectionOf(edit.piece) : edit.section;
}

function sectionOf(piece: DeskFile): SectionName {
  const section = SECTIONS.find((one) => itemsOf(piece, one).length > 0);
  if (section === undefined) throw new Error('A piece of a desk file that says nothing.');
  return section;
}

/** What the audit calls it. */
function subjectOf(edit: DeskEdit): string[] {
  if ('piece' in edit && edit.piece.desk !== undefined) return ['desk'];

  const section = sectionIn(edit);
  const names = 'piece' in edit ? itemsOf(edit.piece, section).map((item) => nameOf(section, item)) : [edit.name ?? ''];
  return [section, ...names.map((name) => `${ONE[section]} ${name}`)];
}

const asItems = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);

function asLine({ name, change }: Change): ChangedLine {
  return { label: name, from: null, to: change, added: [], removed: [] };
}

/** What is named elsewhere cannot go, or that would mean nothing any more. */
function refuseLeftovers(things: readonly string[]): void {
  if (things.length === 0) return;
  const [first = '', ...others] = things;
  const who = others.length === 0 ? first : `${[first, ...others.slice(0, -1)].join(', ')} and ${others.at(-1) ?? ''}`;
  const verb = others.length === 0 ? 'names' : 'name';
  throw Problem.conflict(`${who.charAt(0).toUpperCase()}${who.slice(1)} still ${verb} it. Change that first.`);
}

/** What is added is shown as a whole. */
function addedThing(edit: DeskEdit, { change, name }: Change): Item | null {
  if (change !== 'added' || !('piece' in edit)) return null;

  const section = sectionOf(edit.piece);
  return itemsOf(edit.piece, section).find((item) => sameName(section, nameOf(section, item), name)) ?? null;
}
