import { CanonicalAfterSale } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { PlatformError } from '../port';
import { JsonObject, asFlag, asInteger, asObject, asText, cleanText } from '../kit/answer.json';
import { readYuan } from './taobao.order-amounts';
import { Fetch, present, timeOf } from './taobao.order-mapper';
import { afterSaleKindOf, afterSaleStateOf } from './taobao.status';

/** Raw refund of `refunds.receive.get` → canonical after-sale (Taobao sheet §7.2). `raw` is the refund's own JSON text. */
export function mapAfterSale(refund: JsonObject, fetch: Fetch): CanonicalAfterSale {
  const platformAfterSaleNo = asText(refund['refund_id']);
  const platformOrderNo = asText(refund['tid']);
  if (platformAfterSaleNo === undefined || platformOrderNo === undefined) {
    throw new PlatformError('transient', 'A refund of the answer lacks refund_id or tid; read the list again.', {
      platform: 'taobao',
      method: 'taobao.refunds.receive.get',
    });
  }
  const goodsComeBack = asFlag(refund['has_good_return']);
  const rawStatus = asText(refund['status']) ?? '';
  const createdAt = timeOf(refund, 'created');
  const modifiedAt = timeOf(refund, 'modified') ?? createdAt ?? toShanghaiIso(fetch.startedAt);
  const returnNo = asText(refund['sid'])?.slice(0, 128);
  return {
    platformAfterSaleNo,
    platformOrderNo,
    kind: afterSaleKindOf(asText(refund['dispute_type']), goodsComeBack),
    state: afterSaleStateOf(rawStatus),
    rawStatus: rawStatus.slice(0, 128),
    refundFen: readYuan(refund, 'refund_fee'),
    goodsComeBack,
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    currency: 'CNY',
    raw: fetch.raw,
    ...present({
      platformLineNo: asText(refund['oid']),
      phase: phaseOf(asText(refund['refund_phase'])),
      platformVersion: asText(refund['refund_version'])?.slice(0, 64),
      quantity: asInteger(refund['num']),
      reason: cleanText(refund['reason'], 1_024),
      description: cleanText(refund['desc']),
      returnParcel:
        returnNo === undefined
          ? undefined
          : { waybillNo: returnNo, ...present({ carrier: cleanText(refund['company_name'], 128) }) },
      deadlineAt: timeOf(asObject(refund['refund_remind_timeout']), 'timeout'),
      forbids:
        asText(refund['operation_contraint']) === undefined
          ? undefined
          : [
              {
                code: asText(refund['operation_contraint'])!.slice(0, 128),
                text: 'Taobao lets only a person in the seller console act on this refund',
              },
            ],
    }),
  };
}

function phaseOf(phase: string | undefined): CanonicalAfterSale['phase'] {
  if (phase === 'onsale') return 'before_completion';
  return phase === 'aftersale' ? 'after_completion' : undefined;
}
