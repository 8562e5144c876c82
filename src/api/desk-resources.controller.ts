import { Body, Delete, Get, Param, Patch, Post, Put, Query, type Type } from '@nestjs/common';
import { nameOf, ONE, sameName, type Item } from '../desk-file/desk-file.js';
import type { CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { API_ROOT, Contract } from './contract.js';
import { DeskResources, keyOf, RESOURCES, type Resource } from './desk-resources.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import { Cursors, isIndex, limitOf, type Page, type PageQuery } from './paging.js';
import { checkPreconditions, etagOf } from './preconditions.js';

/** One controller for each resource of the desk file; all do the same. */
export const deskResourceControllers: readonly Type[] = RESOURCES.map(controllerOf);

function controllerOf(resource: Resource): Type {
  const key = keyOf(resource);
  const cursors = new Cursors<number>(resource, isIndex);

  @ApiController(resource)
  class DeskResourceController {
    constructor(
      private readonly database: Database,
      private readonly resources: DeskResources,
      private readonly idempotency: Idempotency,
      private readonly contract: Contract,
    ) {}

    @Get()
    async list(@Query() query: PageQuery): Promise<Page<Item>> {
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

    @Get(`:${key}`)
    async one(@Param(key) name: string): Promise<Answer> {
      return this.database.readOnly(async (tx) => answer(await this.resources.one(tx, resource, name), 200));
    }

    @Post()
    async create(@Body() item: Item, @Caller() caller: CurrentUser, @Request() request: ApiRequest): Promise<Answer> {
      return this.idempotency.once(request, async (tx) => {
        await this.resources.holdStill(tx);
        const name = nameOf(resource, item);
        const taken = await this.resources.find(tx, resource, name);
        if (taken !== null) throw Problem.conflict(`There is a ${ONE[resource]} ${name} already.`);
        await this.resources.save(tx, resource, item, caller);
        return answer(await this.resources.one(tx, resource, name), 201);
      });
    }

    @Put(`:${key}`)
    async put(
      @Param(key) name: string,
      @Body() item: Item,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      refuseAnotherName(resource, name, item);
      return this.database.transaction(async (tx) => {
        await this.resources.holdStill(tx);
        const before = await this.resources.find(tx, resource, name);
        checkPreconditions(request, before && etagOf(before));
        await this.resources.save(tx, resource, item, caller);
        return answer(await this.resources.one(tx, resource, name), before === null ? 201 : 200);
      });
    }

    @Patch(`:${key}`)
    async change(
      @Param(key) name: string,
      @Body() patch: Record<string, unknown>,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      return this.database.transaction(async (tx) => {
        await this.resources.holdStill(tx);
        const before = await this.resources.one(tx, resource, name);
        checkPreconditions(request, etagOf(before));
        const item = changed(before, patch);
        this.contract.operation('PUT', `${API_ROOT}/${resource}/:${key}`)?.checkBody(item);
        refuseAnotherName(resource, name, item);
        await this.resources.save(tx, resource, item, caller);
        return answer(await this.resources.one(tx, resource, name), 200);
      });
    }

    @Delete(`:${key}`)
    async remove(
      @Param(key) name: string,
      @Caller() caller: CurrentUser,
      @Request() request: ApiRequest,
    ): Promise<Answer> {
      return this.database.transaction(async (tx) => {
        await this.resources.holdStill(tx);
        checkPreconditions(request, etagOf(await this.resources.one(tx, resource, name)));
        await this.resources.remove(tx, resource, name, caller);
        return new Answer(204);
      });
    }
  }

  function answer(item: Item, status: number): Answer {
    const location = `${API_ROOT}/${resource}/${encodeURIComponent(nameOf(resource, item))}`;
    return new Answer(status, item, { etag: etagOf(item), ...(status === 201 && { location }) });
  }

  return DeskResourceController;
}

/** What the patch does not name stays; null takes away. */
function changed(before: Item, patch: Readonly<Record<string, unknown>>): Item {
  const fields = new Map(Object.entries(before));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) fields.delete(field);
    else fields.set(field, value);
  }
  return Object.fromEntries(fields);
}

function refuseAnotherName(resource: Resource, given: string, item: Item): void {
  const key = keyOf(resource);
  const name = nameOf(resource, { [key]: given });
  if (sameName(resource, nameOf(resource, item), name)) return;

  const detail = `must be ${name}, as in the address; things are not renamed`;
  throw Problem.invalid(`${key} ${detail}.`, [{ field: key, detail }]);
}
