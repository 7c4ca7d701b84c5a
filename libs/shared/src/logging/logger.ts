import pino from 'pino';
import { logLevel } from './logger.config';
import { currentTrace } from './trace';

/** A JSON-lines logger. Never give it receiver data, tokens, secrets or signatures. */
export type Logger = pino.Logger;

const root = pino({
  level: logLevel,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: () => ({ ...currentTrace() }),
  redact: {
    paths: [
      'accessToken',
      'refreshToken',
      'appSecret',
      'secret',
      'password',
      'authorization',
      '*.accessToken',
      '*.refreshToken',
      '*.appSecret',
    ],
    censor: '[hidden]',
  },
});

/** A logger whose lines carry the name of the part that speaks. */
export function createLogger(part: string): Logger {
  return root.child({ part });
}
