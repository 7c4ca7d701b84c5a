import { AsyncLocalStorage } from 'node:async_hooks';
import { newTraceId } from '../ids/ids';

/** What every log line of a request or job carries. */
export interface TraceContext {
  traceId: string;
  companyId?: string;
}

const storage = new AsyncLocalStorage<TraceContext>();

/** The header in which the trace id travels over HTTP. */
export const TRACE_HEADER = 'x-trace-id';

const TRACE_SHAPE = /^[A-Za-z0-9_-]{8,64}$/;

/** The present trace, if the code runs inside a request or a job. */
export function currentTrace(): TraceContext | undefined {
  return storage.getStore();
}

/** The present trace id, or a new one outside of any. */
export function currentTraceId(): string {
  return storage.getStore()?.traceId ?? newTraceId();
}

/** Takes a caller's trace id when it is well formed, else makes one. */
export function acceptTraceId(value: unknown): string {
  return typeof value === 'string' && TRACE_SHAPE.test(value) ? value : newTraceId();
}

/** Runs a function inside a trace. */
export function withTrace<T>(trace: TraceContext, run: () => T): T {
  return storage.run(trace, run);
}
