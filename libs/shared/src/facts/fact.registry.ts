import { Inject, Injectable } from '@nestjs/common';
import type { ServiceOptions } from '../service-options';
import { SERVICE_OPTIONS } from '../tokens';
import type { FactDefinition, FactHandler } from './fact';

/** Replays an item that a command (not a fact) had set aside. Throws when it fails again. */
export type ParkedReplayer = (companyId: string, payload: string) => Promise<void>;

/** What this service does with the facts addressed to it. Consumers subscribe in onModuleInit. */
@Injectable()
export class FactRegistry {
  private readonly handlers = new Map<string, { fact: FactDefinition; handler: FactHandler }>();
  private readonly replayers = new Map<string, ParkedReplayer>();

  constructor(@Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions) {}

  /** Names the one handler of some facts; a second one for the same fact is refused. */
  subscribe(facts: readonly FactDefinition[], handler: FactHandler): void {
    for (const fact of facts) {
      if (!fact.consumers.includes(this.options.service))
        throw new Error(`${this.options.service} is no consumer of ${fact.name}.`);
      if (this.handlers.has(fact.name)) throw new Error(`${fact.name} has two handlers in ${this.options.service}.`);
      this.handlers.set(fact.name, { fact, handler });
    }
  }

  /** Names what replays parked items of a command's source. */
  subscribeReplay(source: string, replayer: ParkedReplayer): void {
    this.replayers.set(source, replayer);
  }

  handlerOf(name: string): { fact: FactDefinition; handler: FactHandler } | undefined {
    return this.handlers.get(name);
  }

  replayerOf(source: string): ParkedReplayer | undefined {
    return this.replayers.get(source);
  }

  /** Throws at start when a fact addressed to this service has no handler. */
  assertComplete(): void {
    const missing = this.options.facts.filter(
      (fact) => fact.consumers.includes(this.options.service) && !this.handlers.has(fact.name),
    );
    if (missing.length > 0)
      throw new Error(`${this.options.service} has no handler for ${missing.map(({ name }) => name).join(', ')}.`);
  }

  get hasHandlers(): boolean {
    return this.handlers.size > 0;
  }
}
