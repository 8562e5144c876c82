import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeskFile } from '../../desk-file/desk-file.js';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import { CSRF_FIELD } from '../csrf.js';
import { readForm, type SentForm } from '../forms.js';
import { impactModel } from '../impact.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { ChangedMeanwhile, DeskEdits, EditRefused, type DeskEdit, type FieldOf, type Review } from './desk-edits.js';

/** Fields that belong to the flow; the form's own have other names. */
const STEP = 'step';
const SEEN = 'seen';

export type ReadEdit =
  { readonly ok: true; readonly value: DeskFile } | { readonly ok: false; readonly faults: readonly FieldFault[] };

export interface Editing {
  /** Of the review page: `Level L1`. */
  readonly title: string;
  /** Where the form posts to. */
  readonly action: string;
  /** Where one gets to after it, and by “Discard”. */
  readonly back: string;
  /** Makes a piece of a desk file of the form; faults are those that the form itself finds. */
  readonly read: (form: SentForm) => ReadEdit | Promise<ReadEdit>;
  /** Shows the form as it was sent, with what is wrong in it. Also called for every step but `review` and `save`. */
  readonly show: (form: SentForm, faults: readonly FieldFault[]) => Promise<void>;
  /** Where a fault of the desk file stands in the form; without it `targets.resolution` and the like. */
  readonly fieldOf?: FieldOf;
  /** Said after it. */
  readonly saved: string;
}

export interface Doing {
  readonly title: string;
  readonly action: string;
  readonly back: string;
  readonly deed: Exclude<DeskEdit, { piece: DeskFile }>;
  readonly saved: string;
  /** On the button of the review: `Remove`. */
  readonly label: string;
}

/**
 * Edit → review → save, by one address and without a script: the form posts `step=review` and sees what would change; the review
 * carries the form's fields along, back to editing (`step=edit`) or on to the saving (`step=save`). A form says in `seen` what it was
 * opened on (`seenOf`): what somebody else has changed since then is shown before anything is overwritten.
 */
@Injectable()
export class EditFlow {
  constructor(
    private readonly edits: DeskEdits,
    private readonly database: Database,
    private readonly pages: Pages,
  ) {}

  async edit(request: FastifyRequest, reply: FastifyReply, editing: Editing): Promise<void> {
    const form = await readForm(request);
    const step = text(form, STEP) || 'review';
    if (step !== 'review' && step !== 'save') return editing.show(form, []);

    const read = await editing.read(form);
    if (!read.ok) return editing.show(form, read.faults);

    try {
      await this.walk(reply, userOf(request), step, { ...editing, form, edit: { piece: read.value }, label: 'Save' });
    } catch (error) {
      if (!(error instanceof EditRefused)) throw error;
      await editing.show(form, error.faults);
    }
  }

  /** The same for what needs no form: the removal of a thing, or a new order. What speaks against it is said on the review. */
  async do(request: FastifyRequest, reply: FastifyReply, { deed, ...doing }: Doing): Promise<void> {
    const form = await readForm(request);
    const step = text(form, STEP) || 'review';
    if (step === 'edit') return this.pages.go(reply, doing.back);

    try {
      const seen = step === 'save' ? text(form, SEEN) : null;
      await this.walk(
        reply,
        userOf(request),
        step,
        { ...doing, form, edit: deed, danger: doing.label === 'Remove' },
        seen,
      );
    } catch (error) {
      if (!(error instanceof EditRefused)) throw error;
      await this.pages.show(reply, 'settings/refused', { ...doing, faults: error.faults }, { status: 409 });
    }
  }

  private async walk(
    reply: FastifyReply,
    by: CurrentUser,
    step: string,
    walk: Walk,
    seen: string | null = text(walk.form, SEEN),
  ): Promise<void> {
    const { edit, fieldOf, saved, back } = walk;
    if (step === 'save' && seen !== null) {
      try {
        const changes = await this.database.transaction((tx) => this.edits.save(tx, edit, by, seen, fieldOf));
        const words = changes.length === 0 ? 'Nothing was changed: it is as it was.' : saved;
        await this.pages.go(reply, back, { tone: 'good', text: words });
        return;
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile)) throw error;
      }
    }
    const review = await this.edits.review(edit, by, seen, fieldOf);
    await this.pages.show(reply, 'settings/review', reviewModel(walk, review), {
      status: step === 'save' || review.meanwhile !== null ? 409 : 200,
    });
  }
}

interface Walk {
  readonly title: string;
  readonly action: string;
  readonly back: string;
  readonly form: SentForm;
  readonly edit: DeskEdit;
  readonly fieldOf?: FieldOf;
  readonly saved: string;
  readonly label: string;
  readonly danger?: boolean;
}

function reviewModel({ title, action, back, form, label, danger = false }: Walk, review: Review): object {
  const { seen, impact, ...shown } = review;
  const carried = Object.entries(form.fields).filter(([name]) => ![STEP, SEEN, CSRF_FIELD].includes(name));
  const hidden = carried.flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: one })));
  return {
    ...shown,
    impact: impact === null ? null : impactModel(impact),
    title,
    action,
    back,
    label,
    danger,
    hidden: [...hidden, { name: SEEN, value: seen }],
  };
}

function text({ fields }: SentForm, name: string): string {
  const value = fields[name] ?? '';
  return typeof value === 'string' ? value : (value.at(-1) ?? '');
}
