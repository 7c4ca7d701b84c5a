import { LosslessNumber, stringify } from 'lossless-json';
import {
  PlatformCall,
  PlatformError,
  SenderAddress,
  Waybill,
  WaybillAccount,
  WaybillRequest,
  isPlatformError,
} from '../port';
import { fromTaobaoCarrier, toTaobaoCarrier } from './taobao.carriers';
import { TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asFlag, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { present } from './taobao.order-mapper';

const GET = 'cainiao.waybill.ii.get';

/** Cainiao labels. The receiver stays masked: oaid and order number let the platform fill it in (Taobao sheet §9.5). */
export class TaobaoWaybills {
  constructor(
    private readonly client: TaobaoClient,
    private readonly config: TaobaoConfig,
  ) {}

  /**
   * Takes one number with its print data. The sender must equal an address of the account to the letter; one that only
   * leaves parts out (usually the town) is completed from the account.
   */
  async get(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    try {
      return await this.getOnce(call, request);
    } catch (error) {
      if (!isPlatformError(error) || !/sender-address-not-match/.test(error.facts.platformSubCode ?? '')) throw error;
      return this.getOnce(call, { ...request, sender: await this.completeSender(call, request, error) });
    }
  }

  /** Carrier accounts with their sender addresses. */
  async accounts(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]> {
    const params = { cp_code: carrier === undefined ? undefined : toTaobaoCarrier(carrier) };
    const { root } = await this.client.call(call, { method: 'cainiao.waybill.ii.search', params });
    return asList(root['waybill_apply_subscription_cols'], 'waybill_apply_subscription_info').flatMap((subscription) =>
      asList(subscription['branch_account_cols'], 'waybill_branch_account').map((branch) =>
        accountOf(asText(subscription['cp_code']) ?? '', branch),
      ),
    );
  }

  private async completeSender(
    call: PlatformCall,
    request: WaybillRequest,
    cause: PlatformError,
  ): Promise<SenderAddress> {
    const known = (await this.accounts(call, request.carrier)).flatMap((account) => account.addresses);
    const match = known.find((address) => isSameAddress(request.sender, address));
    if (match) return { ...match, name: request.sender.name, mobile: request.sender.mobile };
    const list = known.map((address) => PARTS.map((part) => address[part] ?? '').join(' ')).join('; ') || 'none';
    throw new PlatformError(
      'rejected',
      `${cause.message} Set the warehouse's sender to one of the account's addresses: ${list}.`,
      cause.facts,
    );
  }

  private async getOnce(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    const text = stringify({
      cp_code: toTaobaoCarrier(request.carrier),
      sender: senderOf(request),
      trade_order_info_dtos: [
        {
          object_id: '1',
          order_info: {
            order_channels_type: request.channel ?? this.config.waybillChannel,
            trade_order_list: request.platformOrderNos,
          },
          // Another id means another number for the same orders; compared without regard to case.
          package_info: { id: request.requestKey.toLowerCase(), ...packageOf(request) },
          recipient: this.recipientOf(request),
          template_url: request.templateUrl ?? this.config.waybillTemplate,
          user_id: new LosslessNumber(call.shop.platformShopId),
          ...(request.services && { logistics_services: JSON.stringify(request.services) }),
        },
      ],
    });
    const params = { param_waybill_cloud_print_apply_new_request: text };
    const { root } = await this.client.call(call, { method: GET, params, isWrite: true });
    const module = asList(root['modules'], 'waybill_cloud_print_response')[0];
    return this.read(module ?? {}, request.carrier, GET);
  }

  /** Labels taken for an order; at most ten orders a call, one is asked. */
  async find(call: PlatformCall, request: { platformOrderNo: string; carrier: string }): Promise<Waybill[]> {
    const method = 'cainiao.waybill.ii.query.by.tradecode';
    const param_list = JSON.stringify([{ biz_sub_code: request.platformOrderNo, object_id: '1' }]);
    const { root } = await this.client.call(call, { method, params: { param_list } });
    const rows = asList(root['modules'], 'waybill_cloud_print_with_result_desc_response');
    return rows
      .filter((row) => asFlag(row['success']))
      .map((row) => asObject(row['waybill_cloud_print_response']))
      .filter((label) => asText(label['waybill_code']) !== undefined)
      .map((label) => this.read(label, request.carrier, method));
  }

  /** Changes parcel or receiver of a number that has not left. */
  async update(call: PlatformCall, waybillNo: string, request: WaybillRequest): Promise<Waybill> {
    const method = 'cainiao.waybill.ii.update';
    const { name, mobile } = request.sender;
    const text = JSON.stringify({
      cp_code: toTaobaoCarrier(request.carrier),
      waybill_code: waybillNo,
      object_id: '1',
      sender: { name, mobile },
      package_info: packageOf(request),
      recipient: this.recipientOf(request),
      template_url: request.templateUrl ?? this.config.waybillTemplate,
      ...(request.services && { logistics_services: JSON.stringify(request.services) }),
    });
    const { root } = await this.client.call(call, {
      method,
      params: { param_waybill_cloud_print_update_request: text },
      isWrite: true,
    });
    return this.read(root, request.carrier, method);
  }

  /** Gives a number back. */
  async cancel(
    call: PlatformCall,
    request: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'> {
    const method = 'cainiao.waybill.ii.cancel';
    const params = { cp_code: toTaobaoCarrier(request.carrier), waybill_code: request.waybillNo };
    try {
      const { root } = await this.client.call(call, { method, params, isWrite: true });
      return asFlag(root['cancel_result']) ? 'cancelled' : 'refused';
    } catch (error) {
      if (isPlatformError(error) && (error.kind === 'not-found' || error.kind === 'already-done')) return 'gone';
      throw error;
    }
  }

  private recipientOf(request: WaybillRequest): Record<string, unknown> {
    const { masked, cipher } = request.receiver;
    return {
      name: masked.name ?? '',
      mobile: masked.phone ?? '',
      address: {
        province: masked.province,
        city: masked.city,
        district: masked.district,
        town: masked.town,
        detail: masked.address,
      },
      ...(cipher['oaid'] !== undefined && { oaid: cipher['oaid'], tid: request.platformOrderNos[0] }),
      ...(cipher['caid'] !== undefined && { caid: cipher['caid'] }),
    };
  }

  private read(label: JsonObject, carrier: string, method: string): Waybill {
    const waybillNo = asText(label['waybill_code']);
    if (waybillNo === undefined) {
      throw new PlatformError(
        'transient',
        `Cainiao answered ${method} without a number; look for labels of the order before asking again.`,
        {
          platform: 'taobao',
          method,
          outcomeUnknown: method === GET,
        },
      );
    }
    const parent = asText(label['parent_waybill_code']);
    const code = asText(label['real_cp_code']) ?? asText(label['cp_code']);
    return {
      waybillNo,
      carrier: code === undefined ? carrier : fromTaobaoCarrier(code),
      printData: asText(label['print_data']) ?? '',
      ...(parent !== undefined && { parentWaybillNo: parent }),
    };
  }
}

const PARTS = ['province', 'city', 'district', 'town', 'detail'] as const;

/** Equal in every part that the sender states; province, city and detail must be stated. */
function isSameAddress(sender: SenderAddress, address: WaybillAccount['addresses'][number]): boolean {
  return PARTS.every((part) => (sender[part] ?? '') === '' || sender[part] === address[part]);
}

function accountOf(code: string, branch: JsonObject): WaybillAccount {
  const numbersLeft = asInteger(branch['quantity']);
  return {
    carrier: fromTaobaoCarrier(code),
    branchCode: asText(branch['branch_code']) ?? '',
    branchName: asText(branch['branch_name']) ?? '',
    ...(numbersLeft !== undefined && { numbersLeft }),
    addresses: asList(branch['shipp_address_cols'], 'address_dto').map((address) => ({
      province: asText(address['province']) ?? '',
      city: asText(address['city']) ?? '',
      detail: asText(address['detail']) ?? '',
      ...present({ district: asText(address['district']), town: asText(address['town']) }),
    })),
  };
}

function senderOf(request: WaybillRequest): Record<string, unknown> {
  const { name, mobile, ...address } = request.sender;
  return { name, mobile, address };
}

function packageOf(request: WaybillRequest): Record<string, unknown> {
  return {
    items: request.items,
    ...(request.weightGrams !== undefined && { weight: request.weightGrams }),
    ...(request.volumeMl !== undefined && { volume: request.volumeMl }),
  };
}
