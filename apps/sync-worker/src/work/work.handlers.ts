import { Injectable } from '@nestjs/common';
import { TOGETHER, WORK_KINDS, type WorkHandler, type WorkKind } from './work.kinds';

/** Who does which kind of work; nouns register theirs in onModuleInit. */
@Injectable()
export class WorkHandlers {
  private readonly handlers = new Map<WorkKind, WorkHandler>();

  register(kind: WorkKind, handler: WorkHandler): void {
    if (this.handlers.has(kind)) throw new Error(`Work of kind ${kind} has two handlers.`);
    this.handlers.set(kind, handler);
  }

  of(kind: WorkKind): WorkHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`Work of kind ${kind} has no handler.`);
    return handler;
  }

  /** Throws at start when a kind has no handler. */
  assertComplete(): void {
    for (const kind of Object.keys(WORK_KINDS) as WorkKind[]) {
      if (TOGETHER[kind] !== undefined && !this.of(kind).runTogether)
        throw new Error(`Work of kind ${kind} is queued together, but its handler does one at a time.`);
    }
  }
}
