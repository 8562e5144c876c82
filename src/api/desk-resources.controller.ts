import { Body, Delete, Get, Param, Post, Put, Query, type Type } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { API_ROOT } from './contract.js';
import { DeskResources, RESOURCES, type NamedItem, type Resource } from './desk-resources.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import { Cursors, isIndex, limitOf, type Page, type PageQuery } from './paging.js';
import { checkPreconditions, etagOf } from './preconditions.js';

/** One controller for each resource of the desk file; all do the same. */
export const deskResourceControllers: readonly Type[] = RESOURCES.map(controllerOf);

function controllerOf(resource: Resource): Type {
  const cursors = new Cursors<number>(resource, isIndex);

  @ApiController(resource)
  class DeskResourceController {
    constructor(
      private readonly database: Database,
      private readonly resources: DeskResources,
      private readonly idempotency: Idempotency,
    ) {}

    @Get()
    async list(@Query() query: PageQuery): Promise<Page<NamedItem>> {
      const all = await this.database.readOnly((tx) => this.resources.all(tx, resource));
      const start = cursors.read(query) ?? 0;
      const limit = limitOf(query);
      return cursors.page(
        all.slice(start, start + limit + 1),
        limit,
        () => start + limit,
        (item) => item,
      );
    }

    @Get(':name')
    async one(@Param('name') name: string): Promise<Answer> {
      return this.database.readOnly(async (tx) => answer(await this.find(tx, name), 200));
    }

    @Post()
    async create(
      @Body() item: NamedItem,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      return this.idempotency.once(request, async (tx) => {
        await holdStill(tx, resource);
        const name = item.name.trim();
        const taken = await this.resources.find(tx, resource, name);
        if (taken !== null) throw Problem.conflict(`There is already something named ${name} among the ${resource}.`);
        await this.resources.save(tx, resource, item, caller);
        return answer(await this.find(tx, name), 201);
      });
    }

    @Put(':name')
    async put(
      @Param('name') name: string,
      @Body() item: NamedItem,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      refuseAnotherName(name, item);
      return this.database.transaction(async (tx) => {
        await holdStill(tx, resource);
        const before = await this.resources.find(tx, resource, name);
        checkPreconditions(request, before && etagOf(before));
        await this.resources.save(tx, resource, item, caller);
        return answer(await this.find(tx, name), before === null ? 201 : 200);
      });
    }

    @Delete(':name')
    async remove(
      @Param('name') name: string,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      return this.database.transaction(async (tx) => {
        await holdStill(tx, resource);
        checkPreconditions(request, etagOf(await this.find(tx, name)));
        await this.resources.remove(tx, resource, name, caller);
        return new Answer(204);
      });
    }

    private async find(tx: Transaction, name: string): Promise<NamedItem> {
      const item = await this.resources.find(tx, resource, name);
      if (item === null) throw Problem.notFound(`There is nothing named ${name} among the ${resource}.`);
      return item;
    }
  }

  function answer(item: NamedItem, status: number): Answer {
    const location = `${API_ROOT}/${resource}/${encodeURIComponent(item.name)}`;
    return new Answer(status, item, { etag: etagOf(item), ...(status === 201 && { location }) });
  }

  return DeskResourceController;
}

/** Between looking at the version and saving nobody else may save. */
async function holdStill(tx: Transaction, resource: Resource): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`api ${resource}`]);
}

function refuseAnotherName(name: string, item: NamedItem): void {
  if (item.name.trim() === name.trim()) return;
  const detail = `must be ${name}, as in the address; things are not renamed`;
  throw Problem.invalid(`name ${detail}.`, [{ field: 'name', detail }]);
}
