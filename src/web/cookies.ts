import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../platform/config/config.js';

type CookieName = 'session' | 'visitor' | 'flash' | 'device';

/**
 * The desk's cookies. By https they bear the prefix `__Host-` (RFC 6265bis §4.1.3.2), so that no other host of the domain can plant
 * them; scripts never see them.
 */
@Injectable()
export class Cookies {
  constructor(private readonly config: Config) {}

  read(request: FastifyRequest, name: CookieName): string | undefined {
    return request.cookies[this.nameOf(name)];
  }

  set(reply: FastifyReply, name: CookieName, value: string, expires?: Date): void {
    reply.setCookie(this.nameOf(name), value, { ...this.attributes(), ...(expires !== undefined && { expires }) });
  }

  clear(reply: FastifyReply, name: CookieName): void {
    reply.clearCookie(this.nameOf(name), this.attributes());
  }

  private attributes(): { path: string; httpOnly: true; sameSite: 'lax'; secure: boolean } {
    return { path: '/', httpOnly: true, sameSite: 'lax', secure: this.config.secure };
  }

  private nameOf(name: CookieName): string {
    return this.config.secure ? `__Host-punctual-${name}` : `punctual-${name}`;
  }
}
