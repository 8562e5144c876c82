import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Saved } from '../identity/users.js';
import { brokenConstraint } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { LetterWriter } from '../mail/letter-writer.js';
import { Problem, type FieldFault } from '../platform/problems/problem.js';
import { Teams } from '../teams/teams.js';
import { calendarNamed } from './calendar-named.js';
import { Queue } from './queue.entity.js';
import { faultsOfWords, RECEIPT_PLACES, SIGNATURE_PLACES, type QueueLetters } from './wording.js';

/** A queue as the desk file writes it. */
export interface QueueItem {
  readonly name: string;
  /** By name. */
  readonly calendar?: string | undefined;
  /** By name. */
  readonly chain?: string | undefined;
  /** By name: the team that gets its new tickets, unless a rule names another, and those that are moved into it. */
  readonly team?: string | undefined;
  /** After so many days a resolved ticket is closed; 7 where nothing is said. */
  readonly closeAfterDays?: number | undefined;
  /** For so many days after closing a customer's mail still goes to the same ticket; 14 where nothing is said. */
  readonly reopenWindowDays?: number | undefined;
  /** The one of our mailboxes that its letters leave from, and the name beside it; by default the one that was written to. */
  readonly sender?: { readonly address?: string | undefined; readonly name?: string | undefined } | undefined;
  /** Who takes part from then on when a mail names them beside us: nobody where nothing is said, the requester's colleagues, or anybody. */
  readonly copiesJoin?: Queue['copiesJoin'] | undefined;
  /** Of its letters to people whose language is not known; by default the desk's. */
  readonly language?: string | undefined;
  /** Below what agents write. */
  readonly signature?: string | undefined;
  /** Its own words in place of ours, by letter and language. */
  readonly letters?: QueueLetters | undefined;
}

const CLOSE_AFTER_DAYS = 7;
const REOPEN_WINDOW_DAYS = 14;
const COPIES_JOIN = 'nobody';

/** The piles that work is sorted into. */
@Injectable()
export class Queues {
  constructor(
    private readonly teams: Teams,
    private readonly audit: Audit,
    private readonly writer: LetterWriter,
  ) {}

  async all(tx: Transaction): Promise<QueueItem[]> {
    const rows = await tx.query<StoredQueue>(`${select} order by queue.name collate "und-x-icu"`);
    return rows.map(toItem);
  }

  async byName(tx: Transaction, name: string): Promise<QueueItem | null> {
    const [row] = await tx.query<StoredQueue>(`${select} where queue.name = $1`, [name]);
    return row ? toItem(row) : null;
  }

  /** Adds or replaces the queue of that name. */
  async save(tx: Transaction, item: QueueItem, by: AuditedBy): Promise<Saved> {
    const wanted = tidy(item);
    const before = await this.byName(tx, wanted.name);
    if (isDeepStrictEqual(before, wanted)) return 'unchanged';

    const faults = this.faultsOfLetters(wanted);
    if (faults.length > 0) throw Problem.invalid(faults.map(({ detail }) => detail).join(' '), faults);

    await tx.query(
      `insert into queue (name, calendar_id, chain, close_after_days, reopen_window_days, team_id,
         sender_address, sender_name, language, signature, letters, copies_join)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict (name) do update set calendar_id = excluded.calendar_id, chain = excluded.chain,
         close_after_days = excluded.close_after_days, reopen_window_days = excluded.reopen_window_days,
         team_id = excluded.team_id, sender_address = excluded.sender_address, sender_name = excluded.sender_name,
         language = excluded.language, signature = excluded.signature, letters = excluded.letters,
         copies_join = excluded.copies_join`,
      [
        wanted.name,
        await calendarNamed(tx, wanted.calendar),
        wanted.chain ?? null,
        wanted.closeAfterDays ?? CLOSE_AFTER_DAYS,
        wanted.reopenWindowDays ?? REOPEN_WINDOW_DAYS,
        wanted.team === undefined ? null : (await this.teams.named(tx, wanted.team)).id,
        wanted.sender?.address ?? null,
        wanted.sender?.name ?? null,
        wanted.language ?? null,
        wanted.signature ?? null,
        JSON.stringify(wanted.letters ?? {}),
        wanted.copiesJoin ?? COPIES_JOIN,
      ],
    );
    const action = before ? 'queue.changed' : 'queue.added';
    await this.audit.record(tx, { by, action, subject: `queue ${wanted.name}`, data: { from: before, to: wanted } });
    return before ? 'changed' : 'added';
  }

  async remove(tx: Transaction, name: string, by: AuditedBy): Promise<void> {
    const before = await this.byName(tx, name);
    if (!before) throw Problem.notFound(`There is no queue named ${name}.`);

    const [used] = await tx.query<{ name: string }>(`select name from rule where "then" ->> 'queue' = $1 limit 1`, [
      name,
    ]);
    if (used) throw Problem.conflict(`The rule "${used.name}" sorts into the queue ${name}, so it cannot be removed.`);

    try {
      await tx.query(`delete from queue where name = $1`, [name]);
    } catch (error) {
      if (brokenConstraint(error) === undefined) throw error;
      throw Problem.conflict(`The queue ${name} has tickets, so it cannot be removed.`);
    }
    await this.audit.record(tx, { by, action: 'queue.removed', subject: `queue ${name}`, data: { from: before } });
  }

  /** The queue of this name, else a problem with the field. */
  async named(tx: Transaction, name: string): Promise<Queue> {
    const queue = await tx.setting(`queue ${name}`, () => tx.manager.findOneBy(Queue, { name }));
    if (!queue) {
      throw Problem.invalid(`There is no queue named ${name}.`, [{ field: 'queue', detail: 'is not known here' }]);
    }
    return queue;
  }

  /** Whether any queue lets those join whom a mail names beside us. */
  async letCopiesJoin(tx: Transaction): Promise<boolean> {
    const rows = await tx.setting('queues let copies join', () =>
      tx.query(`select from queue where copies_join <> 'nobody' limit 1`),
    );
    return rows.length > 0;
  }

  /** Whether its letters can be written as it wants them. */
  private faultsOfLetters(queue: QueueItem): FieldFault[] {
    const { language, signature, letters } = queue;
    const languages = this.writer.languages.map(({ code }) => code);
    const strange = [...(language === undefined ? [] : [language]), ...Object.keys(letters?.received ?? {})].filter(
      (code) => !languages.includes(code),
    );
    return [
      ...strange.map((code) => ({
        field: 'language',
        detail: `Letters are not written in “${code}”, but in ${languages.join(', ')}.`,
      })),
      ...faultsOfWords('signature', signature, SIGNATURE_PLACES),
      ...Object.entries(letters?.received ?? {}).flatMap(([code, { subject, text }]) => [
        ...faultsOfWords(`letters.received.${code}.subject`, subject, RECEIPT_PLACES),
        ...faultsOfWords(`letters.received.${code}.text`, text, RECEIPT_PLACES),
      ]),
    ];
  }

  async byId(tx: Transaction, id: string): Promise<Queue> {
    return tx.setting(`queue by id ${id}`, () => tx.manager.findOneByOrFail(Queue, { id }));
  }
}

interface StoredQueue {
  readonly name: string;
  readonly calendar: string | null;
  readonly chain: string | null;
  readonly team: string | null;
  readonly closeAfterDays: number;
  readonly reopenWindowDays: number;
  readonly copiesJoin: Queue['copiesJoin'];
  readonly senderAddress: string | null;
  readonly senderName: string | null;
  readonly language: string | null;
  readonly signature: string | null;
  readonly letters: QueueLetters;
}

const select = `select queue.name, calendar.name as calendar, queue.chain, team.name as team,
    queue.close_after_days as "closeAfterDays", queue.reopen_window_days as "reopenWindowDays", queue.copies_join as "copiesJoin",
    queue.sender_address as "senderAddress", queue.sender_name as "senderName", queue.language, queue.signature, queue.letters
  from queue left join calendar on calendar.id = queue.calendar_id left join team on team.id = queue.team_id`;

const toItem = (stored: StoredQueue): QueueItem => {
  const { calendar, chain, team, senderAddress, senderName, language, signature, ...queue } = stored;
  return tidy({
    ...queue,
    calendar: calendar ?? undefined,
    chain: chain ?? undefined,
    team: team ?? undefined,
    sender: { address: senderAddress ?? undefined, name: senderName ?? undefined },
    language: language ?? undefined,
    signature: signature ?? undefined,
  });
};

/** One way to write each queue: what is as everywhere is left out. */
function tidy(item: QueueItem): QueueItem {
  const { name, calendar, chain, team, closeAfterDays, reopenWindowDays, copiesJoin, language } = item;
  const [address, called] = [item.sender?.address?.trim().toLowerCase() ?? '', item.sender?.name?.trim() ?? ''];
  const signature = item.signature?.trim() ?? '';
  const received = Object.entries(item.letters?.received ?? {}).flatMap(([code, { subject = '', text = '' }]) => {
    const words = {
      ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
      ...(text.trim() === '' ? {} : { text: text.trim() }),
    };
    return Object.keys(words).length === 0 ? [] : [[code, words] as const];
  });
  return {
    name,
    ...(calendar === undefined ? {} : { calendar }),
    ...(chain === undefined ? {} : { chain }),
    ...(team === undefined ? {} : { team }),
    ...(closeAfterDays === undefined || closeAfterDays === CLOSE_AFTER_DAYS ? {} : { closeAfterDays }),
    ...(reopenWindowDays === undefined || reopenWindowDays === REOPEN_WINDOW_DAYS ? {} : { reopenWindowDays }),
    ...(copiesJoin === undefined || copiesJoin === COPIES_JOIN ? {} : { copiesJoin }),
    ...(address === '' && called === ''
      ? {}
      : { sender: { ...(address !== '' && { address }), ...(called !== '' && { name: called }) } }),
    ...(language === undefined || language === '' ? {} : { language }),
    ...(signature === '' ? {} : { signature }),
    ...(received.length === 0
      ? {}
      : { letters: { received: Object.fromEntries(received.sort(([a], [b]) => a.localeCompare(b))) } }),
  };
}
