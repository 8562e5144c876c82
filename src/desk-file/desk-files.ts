import { Injectable } from '@nestjs/common';
import { isTimeZone } from '../calendar/local-time.js';
import { DeskStore } from '../desk/desk.store.js';
import { EmergencyContact } from '../escalation/emergency-contact.js';
import { Responders } from '../escalation/responders.js';
import { Audit, type AuditedBy } from '../identity/audit.js';
import type { Mailbox } from '../mail/mailboxes.js';
import { LetterWriter } from '../mail/letter-writer.js';
import type { Transaction } from '../platform/database/transaction.js';
import { changeOfOrder, changesOf, changesOfDesk, type Change } from './changes.js';
import {
  itemsOf,
  nameOf,
  ONE,
  SECTIONS,
  type DeskEntry,
  type DeskFile,
  type Item,
  type SectionName,
} from './desk-file.js';
import type { DeskFileFault } from './desk-file-problem.js';
import type { ReadDeskFile } from './read.js';
import { faultsOfReferences, type Known } from './references.js';
import { Sections } from './sections.js';
import { write } from './write.js';

/** The desk as it stands, in the file's shape. */
type Snapshot = Readonly<Record<SectionName, readonly Item[]>> & { readonly desk: DeskEntry };

/** The desk as a file: applying one, looking at what that would change, and writing the file of a desk. */
@Injectable()
export class DeskFiles {
  constructor(
    private readonly desk: DeskStore,
    private readonly sections: Sections,
    private readonly audit: Audit,
    private readonly writer: LetterWriter,
    private readonly responders: Responders,
    private readonly emergencyContact: EmergencyContact,
  ) {}

  /**
   * Makes the desk what the file says, and answers what has changed. What the file does not name stays. A context may
   * refuse something: then a DeskFileProblem tells where in the file, and the transaction must be undone.
   */
  async apply(tx: Transaction, { file, refuse }: ReadDeskFile, by: AuditedBy): Promise<Change[]> {
    await this.holdStill(tx);
    const before = await this.snapshot(tx);
    const contact = await this.responders.emergency(tx);
    const languages = this.writer.languages.map(({ code }) => code);
    refuse([...faultsOfDesk(file, languages), ...faultsOfReferences(file, knownWith(before, file))]);

    // Things that name no zone of their own take the one that the desk will have.
    if (file.desk?.timezone !== undefined) await this.desk.save(tx, { timezone: file.desk.timezone });
    for (const section of SECTIONS) {
      const items = itemsOf(file, section);
      const faults = items.length === 0 ? [] : await this.sections.of(section).save(tx, items, by);
      refuse(faults.map(({ path, detail }) => ({ path: [section, ...path], detail })));
    }
    await this.emergencyContact.succeed(tx, contact, calledBy(file), by);
    await this.saveDesk(tx, before.desk, file.desk, by);
    return changesBetween(before, await this.snapshot(tx), file);
  }

  /** The file that makes an empty desk equal to this one, but for what is secret: passwords and webhook secrets. */
  async export(tx: Transaction): Promise<string> {
    const { desk, ...sections } = await this.snapshot(tx);
    const mailboxes = sections.mailboxes.filter((mailbox) => !isImplied(mailbox as unknown as Mailbox, desk));
    return write({ desk, ...sections, mailboxes });
  }

  /** The things of one section as a file writes them. */
  async items(tx: Transaction, section: SectionName): Promise<readonly Item[]> {
    return this.sections.of(section).all(tx);
  }

  /** All that a file can hold, as it stands. */
  async whole(tx: Transaction): Promise<DeskFile> {
    return (await this.snapshot(tx)) as unknown as DeskFile;
  }

  /** The desk itself as a file writes it. */
  async deskEntry(tx: Transaction): Promise<DeskEntry> {
    const { name, timezone, language, supportAddress, defaultCalendar } = await this.desk.readIn(tx);
    return { name, timezone, language, supportAddress, calendar: defaultCalendar };
  }

  /** The things that name something which is not there, such as `policy Gold`: what stands against a removal. */
  async namingNothing(tx: Transaction): Promise<string[]> {
    const desk = await this.snapshot(tx);
    const file = desk as unknown as DeskFile;
    const things = faultsOfReferences(file, knownWith(desk, {})).map(({ path: [section, index] }) => {
      if (section === undefined || section === 'desk') return 'the desk';
      const item = desk[section as SectionName][Number(index)];
      return `the ${ONE[section as SectionName]} ${item === undefined ? '' : nameOf(section as SectionName, item)}`;
    });
    return [...new Set(things)];
  }

  /** Until the end of the transaction nobody else applies anything. */
  async holdStill(tx: Transaction): Promise<void> {
    await tx.lock('desk file');
  }

  private async snapshot(tx: Transaction): Promise<Snapshot> {
    const sections: [SectionName, readonly Item[]][] = [];
    for (const section of SECTIONS) sections.push([section, await this.sections.of(section).all(tx)]);
    return {
      ...(Object.fromEntries(sections) as Record<SectionName, readonly Item[]>),
      desk: await this.deskEntry(tx),
    };
  }

  private async saveDesk(tx: Transaction, before: DeskEntry, given: DeskEntry = {}, by: AuditedBy): Promise<void> {
    const wanted = { ...before, ...given };
    if (changesOfDesk(before, wanted).length === 0) return;

    const { calendar, ...rest } = given;
    await this.desk.save(tx, { ...rest, ...(calendar !== undefined && { defaultCalendar: calendar }) });
    await this.audit.record(tx, { by, action: 'desk.changed', subject: 'desk', data: { from: before, to: wanted } });
  }
}

/** Whoever a file speaks of as somebody who is called. */
function calledBy({ responders = [], rotas = [], chains = [] }: DeskFile): Set<string> {
  return new Set([
    ...responders.map(({ name }) => name),
    ...rotas.flatMap(({ members, overrides = [] }) => [...members, ...overrides.map(({ who }) => who)]),
    ...chains.flatMap(({ steps }) => steps.flatMap(({ notify }) => notify)),
  ]);
}

function faultsOfDesk({ desk }: DeskFile, languages: readonly string[]): DeskFileFault[] {
  const { timezone, language } = desk ?? {};
  return [
    ...(timezone === undefined || isTimeZone(timezone)
      ? []
      : [
          {
            path: ['desk', 'timezone'],
            detail: `“${timezone}” is not the name of a time zone; write one such as Europe/Berlin.`,
          },
        ]),
    ...(language === undefined || languages.includes(language)
      ? []
      : [
          {
            path: ['desk', 'language'],
            detail: `Letters are not written in “${language}”, but in ${languages.join(', ')}.`,
          },
        ]),
  ];
}

function knownWith(before: Snapshot, file: DeskFile): Known {
  const names = (section: SectionName): Set<string> =>
    new Set([...before[section], ...itemsOf(file, section)].map((item) => nameOf(section, item)));
  const users = new Map([...before.users, ...itemsOf(file, 'users')].map((user) => [nameOf('users', user), user]));
  const colleagues = [...users].filter(([, { role }]) => role !== 'customer');
  const staff = colleagues.filter(([, { disabled }]) => disabled !== true);
  return {
    calendars: names('calendars'),
    responders: names('responders'),
    callables: new Set([...names('responders'), ...names('rotas')]),
    chains: names('chains'),
    levels: names('levels'),
    queues: names('queues'),
    teams: names('teams'),
    mailboxes: new Set([
      ...names('mailboxes'),
      (file.desk?.supportAddress ?? before.desk.supportAddress ?? '').toLowerCase(),
    ]),
    staff: new Set(staff.map(([email]) => email)),
    colleagues: new Set(colleagues.map(([email]) => email)),
  };
}

/** What became different in the sections that the file names: nothing else is its doing. */
function changesBetween(before: Snapshot, after: Snapshot, file: DeskFile): Change[] {
  const named = SECTIONS.filter((section) => itemsOf(file, section).length > 0);
  return [
    ...changesOfDesk(before.desk, after.desk),
    ...named.flatMap((section) => changesOf(section, before[section], after[section])),
    ...named
      .filter((section) => section === 'policies' || section === 'rules')
      .flatMap((section) => changeOfOrder(section, before[section], after[section])),
  ];
}

/** The desk's support address under the desk's name is a mailbox without being listed. */
function isImplied({ address, name, ...ways }: Mailbox, desk: DeskEntry): boolean {
  return address === desk.supportAddress && name === desk.name && Object.keys(ways).length === 0;
}
