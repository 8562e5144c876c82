import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import serveStatic from '@fastify/static';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '../platform/config/config.js';
import { Log } from '../platform/log/logger.js';
import { measureRequests } from './health/request-metrics.js';
import { publicFolder, publicPrefix } from '../platform/rendering/public-files.js';

const SELF = "'self'";
const NONE = "'none'";

/** What stands between the socket and Nest. */
export function webAdapter(config: Config): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    multipart: false,
    routerOptions: { maxParamLength: 512 },
  });
}

/** Everything a desk that is open to the web needs before its first request; the same for the process and for the tests. */
export async function openToTheWeb(app: NestFastifyApplication): Promise<void> {
  const config = app.get(Config);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: [NONE],
        scriptSrc: [SELF],
        styleSrc: [SELF],
        imgSrc: [SELF, 'data:'],
        fontSrc: [SELF],
        connectSrc: [SELF],
        frameSrc: [SELF],
        formAction: [SELF],
        baseUri: [NONE],
        frameAncestors: [NONE],
      },
    },
    // A desk without https must not send browsers to https, nor may it promise them to stay there.
    strictTransportSecurity: config.secure ? { maxAge: 31_536_000 } : false,
    crossOriginOpenerPolicy: config.secure,
    originAgentCluster: config.secure,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  await app.register(cookie);
  await app.register(multipart, { throwFileSizeLimit: true });
  await app.register(rateLimit, { global: false });
  await app.register(serveStatic, {
    root: publicFolder,
    prefix: publicPrefix,
    index: false,
    cacheControl: true,
    immutable: true,
    maxAge: '365d',
  });
  measureRequests(app);
  logRequests(app);
}

/** One line for each answer. The path is left out, since it may hold a signed link; its pattern says enough. */
function logRequests(app: NestFastifyApplication): void {
  const log = app.get(Log);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      const { url: route } = request.routeOptions;
      if (route?.startsWith(publicPrefix) !== true) {
        const milliseconds = Math.round(reply.elapsedTime);
        log.debug(
          { requestId: request.id, method: request.method, route, status: reply.statusCode, milliseconds },
          'Answered.',
        );
      }
      done();
    });
}
