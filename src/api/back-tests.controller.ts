import { Body, Delete, Get, Param, Post } from '@nestjs/common';
import { inWords } from '../desk-file/changes.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import { readDeskFile } from '../desk-file/read.js';
import type { CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import { BackTests, type BackTest, type BackTestAsked } from '../sla/back-test.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { API_ROOT } from './contract.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';

interface NewBackTest {
  readonly from: string;
  readonly to: string;
  readonly level?: string | null;
  readonly queue?: string | null;
  readonly organisation?: string | null;
  readonly whatIf?: {
    readonly policy?: string | null;
    readonly calendar?: string | null;
    readonly file?: string | null;
  };
}

/** The past under other promises. */
@ApiController('sla/back-tests')
export class BackTestsController {
  constructor(
    private readonly tests: BackTests,
    private readonly files: DeskFiles,
    private readonly database: Database,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  async ask(
    @Body() given: NewBackTest,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    const asked = askedBy(given);
    const read = asked.whatIf.file === null ? null : readDeskFile(asked.whatIf.file);
    return this.idempotency.once(request, async (tx) => {
      const imagined = await this.tests.imagine(async (inside) =>
        read === null ? [] : (await this.files.apply(inside, read, caller)).map(inWords),
      );
      const id = await this.tests.ask(tx, asked, imagined, caller.name);
      return new Answer(202, shown(await this.tests.one(tx, id)), { location: `${API_ROOT}/sla/back-tests/${id}` });
    });
  }

  @Get()
  async list(): Promise<{ items: object[] }> {
    return { items: (await this.tests.all(this.database)).map(shown) };
  }

  @Get(':id')
  async one(@Param('id') id: string): Promise<object> {
    return shown(await this.tests.one(this.database, id));
  }

  @Delete(':id')
  async remove(@Param('id') id: string): Promise<Answer> {
    await this.database.transaction((tx) => this.tests.remove(tx, id));
    return new Answer(204);
  }
}

function askedBy({ from, to, level, queue, organisation, whatIf }: NewBackTest): BackTestAsked {
  return {
    from: new Date(from),
    to: new Date(to),
    scope: { level: level ?? null, queue: queue ?? null, organisation: organisation ?? null },
    whatIf: {
      policy: whatIf?.policy ?? null,
      calendar: whatIf?.calendar ?? null,
      file: whatIf?.file?.trim() ? whatIf.file : null,
    },
  };
}

function shown({ scope, result, ...test }: BackTest): object {
  const { failedBecause, finishedAt } = test;
  const state = failedBecause !== null ? 'failed' : finishedAt === null ? 'running' : 'finished';
  return { ...test, ...scope, state, rows: result };
}
