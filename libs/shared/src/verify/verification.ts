import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Audit } from '../audit/audit';
import { FromCaller, Scopes, type Caller } from '../auth/caller';
import { inSnapshot, type Tx } from '../db/transaction';
import { OutboxRepository } from '../facts/outbox.repository';
import type { WireClock } from '../time/wire-clock';
import { WIRE_CLOCK } from '../tokens';

/** What one check of an invariant found. */
export interface InvariantResult {
  /** Number and name, as in docs: `2 stock counters equal their movements`. */
  invariant: string;
  checked: number;
  /** Subjects whose facts are still under way; they are judged once those have arrived. */
  inFlight: number;
  /** At most 20, each a sentence with ids. */
  breaches: string[];
}

/** Checks one invariant of a company within a service's consistent snapshot. */
export type InvariantCheck = (tx: Tx, companyId: string) => Promise<InvariantResult>;

const IN_FLIGHT_BOUND_MS = 60_000;

/** The invariants that this service can prove about its own rows. Services add theirs in onModuleInit. */
@Injectable()
export class Verification {
  private readonly checks: InvariantCheck[] = [];

  constructor(
    private readonly dataSource: DataSource,
    outbox: OutboxRepository,
    audit: Audit,
    @Inject(WIRE_CLOCK) wire: WireClock,
  ) {
    this.add(async (tx, companyId) => {
      const waiting = await outbox.unacknowledged(tx, companyId);
      const late = waiting.filter((fact) => wire.now() - fact.recordedAt.getTime() > IN_FLIGHT_BOUND_MS);
      return {
        invariant: '6 every fact is acknowledged by each consumer',
        checked: waiting.length,
        inFlight: waiting.length - late.length,
        breaches: late.map(
          (fact) =>
            `${fact.name} ${fact.eventId} waits for ${fact.consumer} since ${fact.recordedAt.toISOString()} (sent ${fact.sends} times)`,
        ),
      };
    });
    this.add(async (tx, companyId) => {
      const { checked, unsealed, broken } = await audit.check(tx, companyId);
      return { invariant: '7 the audit chain holds', checked, inFlight: unsealed, breaches: broken.slice(0, 20) };
    });
  }

  add(check: InvariantCheck): void {
    this.checks.push(check);
  }

  /** Runs every check on one snapshot. */
  run(companyId: string): Promise<InvariantResult[]> {
    return inSnapshot(this.dataSource, async (tx) => {
      const results: InvariantResult[] = [];
      for (const check of this.checks) results.push(await check(tx, companyId));
      return results;
    });
  }
}

/** The service's part of `npm run verify`. */
@ApiTags('operation')
@ApiBearerAuth()
@Controller('v1/verify')
export class VerifyController {
  constructor(private readonly verification: Verification) {}

  @ApiOperation({
    summary: 'Check this service’s invariants',
    description: 'On one consistent snapshot. Errors: AUTH.SCOPE (403). Scope: verify:read.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        items: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              invariant: { type: 'string', example: '7 the audit chain holds' },
              checked: { type: 'integer' },
              inFlight: { type: 'integer' },
              breaches: { type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
  })
  @Scopes('verify:read')
  @Get()
  async verify(@FromCaller() caller: Caller): Promise<{ items: InvariantResult[] }> {
    return { items: await this.verification.run(caller.companyId) };
  }
}
