import type { DataSource } from 'typeorm';
import type { ServiceHttp } from '../http/service-http';
import type { ServiceOptions } from '../service-options';
import { systemWireClock } from '../time/wire-clock';
import type { FactEnvelope } from './fact';
import { FactConsumer } from './fact.consumer';
import type { FactRegistry } from './fact.registry';
import type { InboxRepository } from './inbox.repository';

describe('the consumer of facts', () => {
  it('[A21] fails a fact that nobody handles, so that it is tried again and shows among the failed jobs', async () => {
    const consumer = new FactConsumer(
      {} as DataSource,
      {} as InboxRepository,
      { handlerOf: () => undefined } as unknown as FactRegistry,
      { service: 'orders' } as ServiceOptions,
      systemWireClock,
      {} as ServiceHttp,
    );
    const envelope = { name: 'thing.changed', eventId: 'evt_1', companyId: 'cmp_1' } as FactEnvelope;
    await expect(consumer.consume(envelope)).rejects.toMatchObject({
      code: 'FACT.NO_HANDLER',
      message: expect.stringContaining('thing.changed'),
    });
    await expect(consumer.replay('cmp_1', 'thing.changed', 'evt_1', '{}')).rejects.toMatchObject({
      code: 'FACT.NO_HANDLER',
    });
  });
});
