import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

/** The form by which an agent enters a request that came by another way. */
@Injectable()
export class NewTicketPage {
  constructor(private readonly database: Database) {}

  async read(
    given: Readonly<Record<string, string>>,
    faults: Readonly<Record<string, string | null>>,
  ): Promise<object> {
    const [choices] = await this.database.query<{
      levels: { name: string; title: string }[] | null;
      queues: string[] | null;
    }>(
      `select (select json_agg(json_build_object('name', name, 'title', title) order by position, name) from level) as levels,
         (select json_agg(name order by name collate "und-x-icu") from queue) as queues`,
    );
    const option = (field: string) => (value: string, label: string) => ({
      value,
      label,
      selected: (given[field] ?? '') === value,
    });
    return {
      given: {
        email: given['email'] ?? '',
        name: given['name'] ?? '',
        subject: given['subject'] ?? '',
        body: given['body'] ?? '',
      },
      faults,
      levels: [
        option('level')('', 'As the rules say'),
        ...(choices?.levels ?? []).map(({ name, title }) => option('level')(name, `${name} · ${title}`)),
      ],
      queues: [
        option('queue')('', 'As the rules say'),
        ...(choices?.queues ?? []).map((name) => option('queue')(name, name)),
      ],
    };
  }
}
