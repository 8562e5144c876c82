import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DeskStore } from '../desk/desk.store.js';
import { isStaff, mayActAs, type CurrentUser } from '../identity/current-user.js';
import { Templates } from '../platform/rendering/templates.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { Banners } from './banners.js';
import { Cookies } from './cookies.js';
import { Csrf } from './csrf.js';
import { Navigation } from './navigation.js';
import { Reader } from './reader.js';
import { Recount } from './recount/recount.js';
import { visitorOf } from './session.guard.js';
import { settingsNavigation } from './settings/settings-places.js';

export interface Flash {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

export interface Showing {
  readonly status?: number;
}

/** Turns a view and its model into the page that is sent, inside the frame that all pages share. */
@Injectable()
export class Pages {
  constructor(
    private readonly templates: Templates,
    private readonly desks: DeskStore,
    private readonly navigation: Navigation,
    private readonly banners: Banners,
    private readonly reader: Reader,
    private readonly recount: Recount,
    private readonly csrf: Csrf,
    private readonly cookies: Cookies,
    private readonly signer: Signer,
    private readonly now: Now,
  ) {}

  async show(reply: FastifyReply, view: string, model: object, { status = 200 }: Showing = {}): Promise<void> {
    const html = this.templates.render(view, model, await this.frame(reply));
    await reply.status(status).type('text/html; charset=utf-8').header('cache-control', 'private, no-store').send(html);
  }

  /** After a form: on to a page, where the flash is shown once. */
  async go(reply: FastifyReply, path: string, flash?: Flash): Promise<void> {
    if (flash !== undefined) this.cookies.set(reply, 'flash', this.signer.token('flash', JSON.stringify(flash)));
    await reply.redirect(path, 303);
  }

  /** A piece of a page, for a script to put in place. */
  async showPart(reply: FastifyReply, view: string, model: object): Promise<void> {
    const { timezone } = await this.reader.zone(reply.request);
    const html = this.templates.render(view, model, { now: this.now.read(), timezone });
    await reply.type('text/html; charset=utf-8').header('cache-control', 'private, no-store').send(html);
  }

  private async frame(reply: FastifyReply): Promise<object> {
    const { request } = reply;
    const user = visitorOf(request);
    const desk = await this.desks.read();
    const { timezone, own } = await this.reader.zone(request);
    const staff = user !== null && isStaff(user) ? user : null;
    const layout = {
      deskName: desk.name,
      csrf: this.csrf.tokenFor(reply),
      user: user === null ? null : about(user),
      isReadersZone: own,
      flash: this.takeFlash(reply),
      banners: staff === null ? [] : await this.banners.forStaff(staff),
      nav: staff === null ? null : await this.navigation.read(staff, request.url),
      settings: staff !== null && request.url.startsWith('/admin') ? settingsNavigation(staff, request.url) : null,
      recount: staff !== null && request.url.startsWith('/admin') ? await this.recount.read() : null,
    };
    return { layout, now: this.now.read(), timezone };
  }

  private takeFlash(reply: FastifyReply): Flash | null {
    const cookie = this.cookies.read(reply.request, 'flash');
    if (cookie === undefined) return null;

    this.cookies.clear(reply, 'flash');
    const words = this.signer.open('flash', cookie);
    return words === null ? null : (JSON.parse(words) as Flash);
  }
}

function about(user: CurrentUser): object {
  const { name, email } = user;
  return {
    name,
    email,
    singleKeys: user.singleKeys ?? true,
    isStaff: isStaff(user),
    isManager: mayActAs(user, 'manager'),
    isAdmin: mayActAs(user, 'admin'),
  };
}

/** A path of this desk that somebody sent along, or the other one: never a way to another site. */
export function ownPath(given: unknown, otherwise: string): string {
  return typeof given === 'string' && /^\/(?![/\\])[^\\\s]*$/.test(given) ? given : otherwise;
}
