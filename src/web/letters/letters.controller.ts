import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DeskStore } from '../../desk/desk.store.js';
import { FIRST_LANGUAGE, LetterWriter, type WrittenLetter } from '../../mail/letter-writer.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Queue } from '../../tickets/queue.entity.js';
import { fillIn } from '../../tickets/wording.js';
import { Roles } from '../access.js';
import { sendOwnLetter } from '../foreign-content.js';
import { Pages } from '../pages.js';
import { LETTER_NAMES, LETTER_SAMPLES } from './letter-samples.js';

interface Chosen {
  readonly letter: string;
  readonly language: string;
  /** A queue whose own words are looked at, by name; null: ours. */
  readonly queue: string | null;
}

/** All letters that the desk writes, with people that do not exist, in every language there is. */
@Roles('manager')
@Controller('admin/letters')
export class LettersController {
  constructor(
    private readonly pages: Pages,
    private readonly desks: DeskStore,
    private readonly database: Database,
    private readonly writer: LetterWriter,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const rows = Object.keys(LETTER_SAMPLES).map((letter) => ({
      ...LETTER_NAMES[letter],
      languages: this.writer.languages.map(({ code, name }) => ({
        name,
        href: `/admin/letters/${letter}?language=${code}`,
      })),
    }));
    await this.pages.show(reply, 'letters/list', {
      title: 'Letters',
      customers: rows.filter(({ to }) => to === 'customers'),
      staff: rows.filter(({ to }) => to === 'staff'),
    });
  }

  @Get(':letter')
  async show(
    @Res() reply: FastifyReply,
    @Param('letter') letter: string,
    @Query('language') language?: string,
    @Query('queue') queue?: string,
  ): Promise<void> {
    const chosen = this.chosen(letter, language, queue);
    const { subject, text } = await this.write(chosen);
    const query = (changes: Partial<Chosen>): string => {
      const { language: code, queue: own } = { ...chosen, ...changes };
      return new URLSearchParams({ language: code, ...(own !== null && { queue: own }) }).toString();
    };
    const own = ['agent-reply', 'ticket-received'].includes(letter);
    const queues = own ? await this.database.query<{ name: string }>('select name from queue order by name') : [];
    await this.pages.show(reply, 'letters/letter', {
      title: LETTER_NAMES[letter]?.title ?? letter,
      ...{ own, subject, text },
      about: LETTER_NAMES[letter]?.text ?? '',
      languages: this.writer.languages.map(({ code, name }) => ({
        name,
        href: `/admin/letters/${letter}?${query({ language: code })}`,
        current: code === chosen.language,
      })),
      queues: [{ name: null }, ...queues].map(({ name }) => ({
        name: name ?? 'Our words',
        href: `/admin/letters/${letter}?${query({ queue: name })}`,
        current: name === chosen.queue,
      })),
      frame: `/admin/letters/${letter}/html?${query({})}`,
    });
  }

  @Get(':letter/html')
  async html(
    @Res() reply: FastifyReply,
    @Param('letter') letter: string,
    @Query('language') language?: string,
    @Query('queue') queue?: string,
  ): Promise<void> {
    await sendOwnLetter(reply, (await this.write(this.chosen(letter, language, queue))).html);
  }

  private chosen(letter: string, language: string | undefined, queue: string | undefined): Chosen {
    if (!Object.hasOwn(LETTER_SAMPLES, letter)) throw Problem.notFound('There is no such letter.');
    return { letter, language: this.writer.choose(language, FIRST_LANGUAGE), queue: queue ?? null };
  }

  private async write({ letter, language, queue: name }: Chosen): Promise<WrittenLetter> {
    const { name: deskName, timezone } = await this.desks.read();
    const sample = { ...LETTER_SAMPLES[letter]?.[0], deskName, timezone };
    const queue = name === null ? null : await this.queue(name);
    if (queue === null) return this.writer.write(letter, { ...sample, signature: null }, language);

    const values = { number: '1042', agent: 'Ann Agent', desk: deskName, queue: queue.name };
    const { subject, text } = queue.letters.received?.[language] ?? {};
    const wording = {
      subject: subject === undefined ? null : fillIn(subject, values),
      text: text === undefined ? null : fillIn(text, values),
    };
    const signature = queue.signature === null ? null : fillIn(queue.signature, values);
    return this.writer.write(letter, { ...sample, wording, signature }, language);
  }

  private async queue(name: string): Promise<Queue> {
    const queue = await this.database.readOnly((tx) => tx.manager.findOneBy(Queue, { name }));
    if (queue === null) throw Problem.notFound(`There is no queue named ${name}.`);
    return queue;
  }
}
