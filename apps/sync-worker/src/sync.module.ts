import { BullModule } from '@nestjs/bullmq';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { AlarmController } from './alarm/alarm.controller';
import { AlarmRepository } from './alarm/alarm.repository';
import { AlarmService } from './alarm/alarm.service';
import { AfterSaleDetour, AfterSaleHandler } from './after-sale/after-sale.handler';
import { AfterSaleIntake } from './after-sale/after-sale.intake';
import { OrphanRepository } from './after-sale/orphan.repository';
import { OrphanStore, OrphanWatch } from './after-sale/orphan.watch';
import { BillAccountController } from './bill/bill-account.controller';
import { BillAccountLedger, BillAccountService } from './bill/bill-account.service';
import { BillCheckHandler, BillCheckStore } from './bill/bill-check.handler';
import { BillAccounts } from './bill/bill.accounts';
import { BillDelivery } from './bill/bill.delivery';
import { BillDesk } from './bill/bill.desk';
import { BillHandler, BillLedger } from './bill/bill.handler';
import { BillPlanner } from './bill/bill.planner';
import { BillRepository } from './bill/bill.repository';
import { AnswerController } from './answer/answer.controller';
import { AnswerKeeper } from './answer/answer.keeper';
import { AnswerRepository } from './answer/answer.repository';
import { AnswerService } from './answer/answer.service';
import { CensusHandler, CensusLedger, CensusStore } from './census/census.handler';
import { CensusPlanner } from './census/census.planner';
import { CensusRepository } from './census/census.repository';
import { CompletenessController } from './census/completeness.controller';
import { CompletenessService } from './census/completeness.service';
import { GapRepository } from './census/gap.repository';
import { FailedJobController } from './job/failed-job.controller';
import { FailedJobService } from './job/failed-job.service';
import { RetentionKeeper } from './job/retention.keeper';
import { RetentionRepository } from './job/retention.repository';
import { SyncGauges } from './job/sync.gauges';
import { SyncVerifier } from './job/sync.verifier';
import { MessageConnections, MessageStore } from './message/message.connections';
import { MessageRepository } from './message/message.repository';
import { MessageService } from './message/message.service';
import { SubscribeHandler } from './message/subscribe.handler';
import { WebhookController } from './message/webhook.controller';
import { WebhookService } from './message/webhook.service';
import { NoticeController } from './notice/notice.controller';
import { NoticeService } from './notice/notice.service';
import { NoticeHandler, NoticeLedger } from './notice/notice.handler';
import { NoticeRepository } from './notice/notice.repository';
import { ParcelConsumer } from './notice/parcel.consumer';
import { BanKeeper } from './platform/ban.keeper';
import { BanRepository } from './platform/ban.repository';
import { BucketLimiter } from './platform/bucket.limiter';
import { ScopeKeeper } from './platform/scope.keeper';
import { ScopeRepository } from './platform/scope.repository';
import { AfterSaleReader, ChangeReaders, OrderReader } from './pull/change.readers';
import { CallStore, PlatformCalls } from './platform/platform-calls';
import { ListingHandler, ListingStore } from './pull/listing.handler';
import { OrderAlarms } from './pull/order.alarms';
import { OrderHandler } from './pull/order.handler';
import { OrderIntake } from './pull/order.intake';
import { RecentOrders } from './pull/recent.orders';
import { RecentAfterSales } from './after-sale/recent.after-sales';
import { PullController } from './pull/pull.controller';
import { PlanStore, PullPlanner } from './pull/pull.planner';
import { PullRepository } from './pull/pull.repository';
import { PullDesk, PullService } from './pull/pull.service';
import { RequestHandler, RequestStore } from './pull/request.handler';
import { PullStore, WindowHandler } from './pull/window.handler';
import { LinkConsumer, SellableConsumer } from './push/push.consumers';
import { DriftKeeper, DriftStore } from './push/drift.keeper';
import { NumberTurnRepository } from './push/number-turn.repository';
import { OnHandRepository } from './push/on-hand.repository';
import { PushAuditRepository } from './push/push-audit.repository';
import { PushController } from './push/push.controller';
import { PushDesk } from './push/push.desk';
import { PushHandler, PushLedger } from './push/push.handler';
import { PushRepository } from './push/push.repository';
import { ShownRepository } from './push/shown.repository';
import { PushService } from './push/push.service';
import { ShelfMover } from './push/shelf.mover';
import { ShelfRepository } from './push/shelf.repository';
import { PushRuleController } from './push-rule/push-rule.controller';
import { PushRuleRepository } from './push-rule/push-rule.repository';
import { PushRuleService, PushRuleStore } from './push-rule/push-rule.service';
import { ShopHealthController } from './shop/health.controller';
import { HealthRows, HealthService } from './shop/health.service';
import { ShopController } from './shop/shop.controller';
import { ShopReader } from './shop/shop.reader';
import { ShopRepository } from './shop/shop.repository';
import { ShopSecrets } from './shop/shop.secrets';
import { ShopLedger, ShopService } from './shop/shop.service';
import { PlatformRegisterService } from './state/platform-register.service';
import { StateController } from './state/state.controller';
import { StateRepository } from './state/state.repository';
import { StateService } from './state/state.service';
import type { SyncConfig } from './sync.config';
import { AuthorisationController } from './token/authorisation.controller';
import { AuthorisationDesk, AuthorisationService } from './token/authorisation.service';
import { TokenKeeper } from './token/token.keeper';
import { TokenPlanner } from './token/token.planner';
import { OrderStateService } from './waybill/order-state.service';
import { WaybillController } from './waybill/waybill.controller';
import { WaybillRepository } from './waybill/waybill.repository';
import { WaybillService } from './waybill/waybill.service';
import { Leader } from './work/leader';
import { LeaderRepository } from './work/leader.repository';
import { Schedule } from './work/schedule';
import { WorkDesk } from './work/work.desk';
import { WorkHandlers } from './work/work.handlers';
import { LANES, queueName } from './work/work.kinds';
import { workProcessorOf } from './work/work.processor';
import { WorkGate } from './work/work.gate';
import { WorkRepository } from './work/work.repository';
import { WorkRunner } from './work/work.runner';

const CONTROLLERS = [
  AlarmController,
  AnswerController,
  AuthorisationController,
  ShopHealthController,
  PullController,
  CompletenessController,
  ShopController,
  BillAccountController,
  WaybillController,
  NoticeController,
  PushController,
  PushRuleController,
  StateController,
  FailedJobController,
  WebhookController,
];

const PROVIDERS: Provider[] = [
  AlarmRepository,
  AlarmService,
  ShopRepository,
  ShopReader,
  ShopSecrets,
  ShopLedger,
  ShopService,
  HealthRows,
  HealthService,
  TokenKeeper,
  TokenPlanner,
  AuthorisationService,
  AuthorisationDesk,
  BanRepository,
  BanKeeper,
  BucketLimiter,
  ScopeRepository,
  ScopeKeeper,
  AnswerRepository,
  AnswerKeeper,
  AnswerService,
  CallStore,
  PlatformCalls,
  WorkGate,
  WorkRepository,
  WorkHandlers,
  WorkDesk,
  WorkRunner,
  LeaderRepository,
  Leader,
  Schedule,
  PullRepository,
  OrderAlarms,
  OrderIntake,
  RecentOrders,
  RecentAfterSales,
  AfterSaleIntake,
  OrderReader,
  AfterSaleReader,
  ChangeReaders,
  PullStore,
  PlanStore,
  PullPlanner,
  PullDesk,
  PullService,
  WindowHandler,
  OrderHandler,
  AfterSaleDetour,
  AfterSaleHandler,
  OrphanRepository,
  OrphanStore,
  OrphanWatch,
  BillRepository,
  BillAccounts,
  BillDelivery,
  BillDesk,
  BillLedger,
  BillHandler,
  BillCheckStore,
  BillCheckHandler,
  BillPlanner,
  BillAccountLedger,
  BillAccountService,
  ListingStore,
  ListingHandler,
  RequestStore,
  RequestHandler,
  CensusRepository,
  GapRepository,
  CensusStore,
  CensusLedger,
  CensusHandler,
  CensusPlanner,
  CompletenessService,
  NoticeRepository,
  NoticeLedger,
  NoticeHandler,
  NoticeService,
  ParcelConsumer,
  WaybillRepository,
  WaybillService,
  OrderStateService,
  PushRepository,
  PushAuditRepository,
  ShelfRepository,
  ShelfMover,
  NumberTurnRepository,
  OnHandRepository,
  PushDesk,
  PushLedger,
  PushHandler,
  PushService,
  PushRuleRepository,
  PushRuleStore,
  PushRuleService,
  ShownRepository,
  DriftStore,
  DriftKeeper,
  LinkConsumer,
  SellableConsumer,
  MessageRepository,
  MessageService,
  MessageStore,
  MessageConnections,
  SubscribeHandler,
  WebhookService,
  FailedJobService,
  SyncVerifier,
  RetentionRepository,
  RetentionKeeper,
  SyncGauges,
  StateRepository,
  StateService,
  PlatformRegisterService,
];

/** sync-worker: the only service that talks to platforms. Queues and processors follow from the platforms found at start. */
@Module({})
export class SyncModule {
  static for(options: ServiceOptions<SyncConfig>, registry: PlatformRegistry): DynamicModule {
    const { config } = options;
    const queues = registry.codes().flatMap((platform) => LANES.map((lane) => ({ lane, platform })));
    return {
      module: SyncModule,
      imports: [
        ServiceModule.for(options),
        BullModule.forRoot({
          connection: { url: config.REDIS_URL, maxRetriesPerRequest: 1, connectionName: 'huidian-sync-queues' },
          prefix: config.REDIS_PREFIX,
        }),
        ...queues.map(({ lane, platform }) => BullModule.registerQueue({ name: queueName(lane, platform) })),
      ],
      controllers: CONTROLLERS,
      providers: [
        { provide: PlatformRegistry, useValue: registry },
        ...PROVIDERS,
        ...(config.SYNC_WORKS ? queues.map(({ lane, platform }) => workProcessorOf(lane, platform, config)) : []),
      ],
    };
  }
}
