import type { LoggerService } from '@nestjs/common';
import type { Log } from './logger.js';

/** What the framework has to say, in the house's log; how it puts itself together is of interest to nobody but who debugs it. */
export function nestLog(log: Log): LoggerService {
  return {
    log: (message: unknown) => {
      log.debug({}, String(message));
    },
    error: (message: unknown, ...details: unknown[]) => {
      log.error(message instanceof Error ? { err: message } : { details }, String(message));
    },
    warn: (message: unknown) => {
      log.warn({}, String(message));
    },
  };
}
