import {
  PlatformCall,
  PlatformError,
  SenderAddress,
  Waybill,
  WaybillAccount,
  WaybillRequest,
  isPlatformError,
} from '../port';
import { JsonObject, asFlag, asInteger, asObject, asText } from '../kit/answer.json';
import { fromDouyinCarrier, toDouyinCarrier } from './douyin.carriers';
import { DouyinClient } from './douyin.client';
import { DouyinConfig } from './douyin.config';
import { toPlatformError } from './douyin.errors';
import { CIPHER } from './douyin.receiver-mapper';
import { Param } from './douyin.signer';
import { present, rowsOf } from './douyin.values';

const CREATE = 'logistics.newCreateOrder';
const UPDATE = 'logistics.updateOrder';
const PRINT = 'logistics.waybillApply';
const CANCEL = 'logistics.cancelOrder';
const ACCOUNTS = 'logistics.listShopNetsite';

/** Labels. The receiver goes back as the ciphers of the order, so nothing is decrypted (Douyin sheet §9.3). */
export class DouyinWaybills {
  constructor(
    private readonly client: DouyinClient,
    private readonly config: DouyinConfig,
  ) {}

  /**
   * Takes one number with its print data. The same order and package id bring the same number again, so a repetition
   * after a lost answer is safe (Douyin sheet §9.3).
   */
  async get(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    const carrier = toDouyinCarrier(request.carrier);
    const site = siteOf(request.sender, await this.accounts(call, request.carrier));
    const params = {
      logistics_code: carrier,
      sender_info: senderOf(request.sender, site?.address),
      order_infos: [this.orderOf(request, site?.account.branchCode ?? '')],
      order_channel: request.channel ?? this.config.waybillChannel,
      user_id: this.userId(),
    };
    const { data } = await this.client.call(call, { method: CREATE, params, isWrite: true });
    assertNoItemFault(data, CREATE, true);
    const label = rowsOf(asObject(data)['ebill_infos'])[0] ?? {};
    const waybillNo = asText(label['track_no']);
    if (waybillNo === undefined)
      throw new PlatformError('transient', `Douyin answered ${CREATE} without a number; ask again with the same key.`, {
        platform: 'douyin',
        method: CREATE,
        outcomeUnknown: true,
      });
    return { waybillNo, carrier: request.carrier, printData: await this.printData(call, carrier, waybillNo) };
  }

  /** Branches with which the shop has a contract, their balance and sender addresses. */
  async accounts(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]> {
    const params = { logistics_code: carrier === undefined ? '' : toDouyinCarrier(carrier) };
    const { data } = await this.client.call(call, { method: ACCOUNTS, params });
    return rowsOf(asObject(data)['netsites']).map(accountOf);
  }

  /** Changes parcel or receiver of a number that has not left. */
  async update(call: PlatformCall, waybillNo: string, request: WaybillRequest): Promise<Waybill> {
    const carrier = toDouyinCarrier(request.carrier);
    const { order_id, receiver_info, items } = this.orderOf(request, '');
    const params = {
      logistics_code: carrier,
      track_no: waybillNo,
      order_id,
      sender_info: senderOf(request.sender),
      receiver_info,
      items,
      user_id: this.userId(),
    };
    const { data } = await this.client.call(call, { method: UPDATE, params, isWrite: true });
    assertNoItemFault(data, UPDATE, true);
    return { waybillNo, carrier: request.carrier, printData: await this.printData(call, carrier, waybillNo) };
  }

  /** Gives a number back. */
  async cancel(
    call: PlatformCall,
    request: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'> {
    const params = {
      logistics_code: toDouyinCarrier(request.carrier),
      track_no: request.waybillNo,
      user_id: this.userId(),
    };
    try {
      const { data } = await this.client.call(call, { method: CANCEL, params, isWrite: true });
      assertNoItemFault(data, CANCEL, true);
      const result = asObject(asObject(data)['cancel_result']);
      return asFlag(result['success']) ? 'cancelled' : 'refused';
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      if (error.kind === 'already-done' || error.kind === 'not-found') return 'gone';
      if (error.kind === 'rejected' && error.facts.reason === 'state') return 'refused';
      throw error;
    }
  }

  /** What the local print component takes; it is encrypted for it and opened nowhere else. */
  private async printData(call: PlatformCall, carrier: string, trackNo: string): Promise<string> {
    const params = { waybill_applies: [{ logistics_code: carrier, track_no: trackNo }] };
    const { data } = await this.client.call(call, { method: PRINT, params });
    assertNoItemFault(data, PRINT, false);
    const info = rowsOf(asObject(data)['waybill_infos'])[0] ?? {};
    const printed = asText(info['print_data']);
    if (printed === undefined)
      throw new PlatformError('transient', `Douyin answered no print data for ${trackNo}; ask again.`, {
        platform: 'douyin',
        method: PRINT,
      });
    return JSON.stringify({
      logistics_code: carrier,
      track_no: trackNo,
      print_data: printed,
      sign: asText(info['sign']) ?? '',
    });
  }

  private orderOf(request: WaybillRequest, netCode: string) {
    const [first = '', ...further] = request.platformOrderNos;
    return {
      order_id: first,
      // Another package id means another number for the same order; compared without regard to case.
      pack_id: request.requestKey.toLowerCase().replace(/[^a-z0-9_]/g, '_'),
      combine_orders: further,
      total_pack_count: 1,
      pay_method: 1,
      product_type: '',
      service_list: servicesOf(request),
      remark: '',
      receiver_info: receiverOf(request),
      items: request.items.map((item) => ({ item_name: item.name, item_count: item.count })),
      net_info: { category: '', net_code: netCode, monthly_account: '', secret_key: '' },
    };
  }

  private userId(): Param {
    return /^-?\d+$/.test(this.config.waybillUserId) ? BigInt(this.config.waybillUserId) : this.config.waybillUserId;
  }
}

/** Label calls answer with success and say per item what failed (Douyin sheet §4.1). */
function assertNoItemFault(data: Parameters<typeof asObject>[0], method: string, isWrite: boolean): void {
  const fault = rowsOf(asObject(data)['err_infos'])[0];
  if (fault === undefined) return;
  const code = asText(fault['err_code']) ?? '';
  throw toPlatformError(
    { code: '50002', subCode: `isv.business-failed:${code}`, subMsg: asText(fault['err_msg']) },
    { method, isWrite },
  );
}

/** Services go as they are given: the sheet does not name the parts of one. */
function servicesOf(request: WaybillRequest): readonly Param[] {
  const list = request.services?.['service_list'];
  return Array.isArray(list) ? (list as Param[]) : [];
}

function receiverOf(request: WaybillRequest) {
  const { masked, cipher } = request.receiver;
  return {
    address: {
      country_code: 'CHN',
      province_name: masked.province ?? '',
      city_name: masked.city ?? '',
      district_name: masked.district ?? '',
      street_name: masked.town ?? '',
      detail_address: cipher[CIPHER.address] ?? masked.address ?? '',
    },
    contact: { name: cipher[CIPHER.name] ?? masked.name ?? '', mobile: cipher[CIPHER.phone] ?? masked.phone ?? '' },
  };
}

function senderOf(sender: SenderAddress, known?: WaybillAccount['addresses'][number]) {
  const address = known ?? sender;
  return {
    address: {
      country_code: 'CHN',
      province_name: address.province,
      city_name: address.city,
      district_name: address.district ?? '',
      street_name: address.town ?? '',
      detail_address: address.detail,
    },
    contact: { name: sender.name, mobile: sender.mobile },
  };
}

/**
 * The branch whose address is the sender's in every part that the sender states; the platform wants the sender from
 * there (Douyin sheet §9.3). None: the sender goes as it is, and the platform judges.
 */
function siteOf(
  sender: SenderAddress,
  accounts: readonly WaybillAccount[],
): { account: WaybillAccount; address: WaybillAccount['addresses'][number] } | undefined {
  const parts = ['province', 'city', 'district', 'town', 'detail'] as const;
  for (const account of accounts)
    for (const address of account.addresses)
      if (parts.every((part) => (sender[part] ?? '') === '' || sender[part] === address[part]))
        return { account, address };
  return undefined;
}

/** The parts of an address are named as in the request of a number; the sheet does not spell the answer out. */
function accountOf(site: JsonObject): WaybillAccount {
  const numbersLeft = asInteger(site['amount']);
  return {
    carrier: fromDouyinCarrier(asText(site['company']) ?? ''),
    branchCode: asText(site['netsite_code']) ?? '',
    branchName: asText(site['netsite_name']) ?? '',
    // −1 says that it is not known (Douyin sheet §9.3).
    ...(numbersLeft !== undefined && numbersLeft >= 0 && { numbersLeft }),
    addresses: rowsOf(site['sender_address']).map((address) => ({
      province: asText(address['province_name']) ?? '',
      city: asText(address['city_name']) ?? '',
      detail: asText(address['detail_address']) ?? '',
      ...present({ district: asText(address['district_name']), town: asText(address['street_name']) }),
    })),
  };
}
