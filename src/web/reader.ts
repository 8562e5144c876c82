import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isTimeZone } from '../calendar/local-time.js';
import { DeskStore } from '../desk/desk.store.js';
import { visitorOf } from './session.guard.js';

/** Set by a script of ours: what zone the browser lives in. */
const ZONE_COOKIE = 'punctual-zone';

export interface ReadersZone {
  readonly timezone: string;
  /** Whether it is the reader's own, or only the desk's for want of knowing. */
  readonly own: boolean;
}

/** In whose time a page speaks: the user's, the browser's, else the desk's. */
@Injectable()
export class Reader {
  constructor(private readonly desks: DeskStore) {}

  async zone(request: FastifyRequest): Promise<ReadersZone> {
    const user = visitorOf(request);
    if (user !== null) return { timezone: user.timezone, own: true };

    const told = request.cookies[ZONE_COOKIE];
    if (told !== undefined && isTimeZone(told)) return { timezone: told, own: true };
    return { timezone: (await this.desks.read()).timezone, own: false };
  }
}
