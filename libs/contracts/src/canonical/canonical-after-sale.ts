import { Static, Type } from '@sinclair/typebox';
import {
  CountSchema,
  FenSchema,
  FreeTextSchema,
  InstantSchema,
  PlatformForbidSchema,
  PlatformIdSchema,
} from './canonical-parts';

/** Every kind of after-sale of the four platforms. */
export const AFTER_SALE_KINDS = ['refund_only', 'return_refund', 'exchange', 'resend', 'repair', 'other'] as const;

/** Every state of an after-sale; `unknown` keeps the raw code beside it. */
export const AFTER_SALE_STATES = [
  'requested',
  'wait_return',
  'return_sent',
  'wait_resend',
  'wait_buyer',
  'refused',
  'withdrawn',
  'succeeded',
  'unknown',
] as const;

/** What the buyer asks for. */
export const AfterSaleKindSchema = Type.Union(
  AFTER_SALE_KINDS.map((kind) => Type.Literal(kind)),
  { title: 'AfterSaleKind' },
);
export type AfterSaleKind = (typeof AFTER_SALE_KINDS)[number];

/** Where it stands. */
export const AfterSaleStateSchema = Type.Union(
  AFTER_SALE_STATES.map((state) => Type.Literal(state)),
  { title: 'AfterSaleState' },
);
export type AfterSaleState = (typeof AFTER_SALE_STATES)[number];

/** An after-sale (refund, return, exchange, …) in Huidian's words. */
export const CanonicalAfterSaleSchema = Type.Object(
  {
    platformAfterSaleNo: PlatformIdSchema("The platform's number of the after-sale"),
    platformOrderNo: PlatformIdSchema('Its order'),
    platformLineNo: Type.Optional(PlatformIdSchema('Its line; absent when it speaks of the whole order or of freight')),
    kind: AfterSaleKindSchema,
    state: AfterSaleStateSchema,
    rawStatus: Type.Optional(Type.String({ maxLength: 128 })),
    phase: Type.Optional(
      Type.Union([Type.Literal('before_completion'), Type.Literal('after_completion')], {
        description: 'Whether the money had already gone to the shop',
      }),
    ),
    platformVersion: Type.Optional(
      Type.String({ maxLength: 64, description: "The platform's optimistic lock, to be sent back unchanged" }),
    ),
    refundFen: FenSchema('What the buyer gets back'),
    quantity: Type.Optional(CountSchema('Pieces concerned')),
    goodsComeBack: Type.Boolean(),
    reason: Type.Optional(FreeTextSchema('Reason chosen by the buyer', 1_024)),
    description: Type.Optional(FreeTextSchema('What the buyer wrote')),
    returnParcel: Type.Optional(
      Type.Object(
        {
          waybillNo: Type.String({ minLength: 1, maxLength: 128 }),
          carrier: Type.Optional(Type.String({ maxLength: 128 })),
        },
        { additionalProperties: false },
      ),
    ),
    createdAt: InstantSchema('When the buyer asked'),
    modifiedAt: InstantSchema("The platform's modification time"),
    deadlineAt: Type.Optional(InstantSchema('The platform decides by itself after this time')),
    forbids: Type.Optional(Type.Array(PlatformForbidSchema, { maxItems: 50 })),
    fetchedAt: InstantSchema('When the answer was complete (business time)'),
    fetchStartedAt: Type.Optional(InstantSchema('When the request was sent (business time)')),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    raw: Type.String({ description: 'The text as received' }),
  },
  { additionalProperties: false, title: 'CanonicalAfterSale' },
);
export type CanonicalAfterSale = Static<typeof CanonicalAfterSaleSchema>;
