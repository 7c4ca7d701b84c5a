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
import { JsonObject, asFlag, asInteger, asObject, asText } from '../kit/answer.json';
import { PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';
import { listOf, present } from './pinduoduo.values';

const GET = 'pdd.waybill.get';
const UPDATE = 'pdd.waybill.update';
const TEMPLATES = 'pdd.cloudprint.stdtemplates.get';
/** The only channel whose ciphers the platform opens itself (Pinduoduo sheet §9.6). */
const OWN_CHANNEL = 'PDD';
/** Addresses of standard templates change seldom. */
const TEMPLATE_LIVES_MS = 86_400_000;

/** Pinduoduo's labels. Ciphers go back unchanged; nothing is ever deciphered for a label (Pinduoduo sheet §9.6, §10). */
export class PinduoduoWaybills {
  private readonly templates = new Map<string, { url: string; untilMs: number }>();

  constructor(
    private readonly client: PinduoduoClient,
    private readonly carriers: PinduoduoCarriers,
    private readonly config: PinduoduoConfig,
  ) {}

  /**
   * Takes one number with its print data. The sender must equal an address of the account to the letter; one that only
   * leaves parts out (usually the town) is completed from the account.
   */
  async get(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    try {
      return await this.getOnce(call, request);
    } catch (error) {
      // The code of a wrong sender is UNCONFIRMED; its text speaks of the address.
      if (!isPlatformError(error) || error.kind !== 'rejected' || !/地址|address/i.test(error.message)) throw error;
      return this.getOnce(call, { ...request, sender: await this.completeSender(call, request, error) });
    }
  }

  /** Carrier accounts with their sender addresses. */
  async accounts(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]> {
    const wp_code = carrier === undefined ? undefined : await this.carriers.codeOf(call, carrier);
    const { root } = await this.client.call(call, { method: 'pdd.waybill.search', params: { wp_code } });
    return listOf(root['waybill_apply_subscription_cols']).flatMap((subscription) =>
      listOf(subscription['branch_account_cols']).map((branch) =>
        accountOf(this.carriers.ours(asText(subscription['wp_code']) ?? ''), branch),
      ),
    );
  }

  /** Changes parcel, sender or receiver of a number that has not left. */
  async update(call: PlatformCall, waybillNo: string, request: WaybillRequest): Promise<Waybill> {
    const wpCode = await this.carriers.codeOf(call, request.carrier);
    const text = JSON.stringify({
      waybill_code: waybillNo,
      wp_code: wpCode,
      object_id: request.requestKey,
      sender: senderOf(request.sender),
      package_info: packageOf(request),
      template_url: await this.templateOf(call, request, wpCode),
      ...present({ recipient: recipientOf(request) }),
    });
    const params = { param_waybill_cloud_print_update_request: text };
    const { root } = await this.client.call(call, { method: UPDATE, params, isWrite: true });
    return read(root, request.carrier, UPDATE);
  }

  /** Gives a number back. */
  async cancel(
    call: PlatformCall,
    { waybillNo, carrier }: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'> {
    const params = { waybill_code: waybillNo, wp_code: await this.carriers.codeOf(call, carrier) };
    try {
      const { root } = await this.client.call(call, { method: 'pdd.waybill.cancel', params, isWrite: true });
      return asFlag(root['cancel_result']) ? 'cancelled' : 'refused';
    } catch (error) {
      if (isPlatformError(error) && (error.kind === 'not-found' || error.kind === 'already-done')) return 'gone';
      throw error;
    }
  }

  private async getOnce(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    const wpCode = await this.carriers.codeOf(call, request.carrier);
    const { platformShopId } = call.shop;
    const text = stringify({
      wp_code: wpCode,
      need_encrypt: true,
      sender: senderOf(request.sender),
      trade_order_info_dtos: [
        {
          // Equal for every repetition, should the platform know a repeated request by it (UNCONFIRMED, sheet §9.6).
          object_id: request.requestKey,
          user_id: /^\d{1,19}$/.test(platformShopId) ? new LosslessNumber(platformShopId) : undefined,
          template_url: await this.templateOf(call, request, wpCode),
          order_info: {
            order_channels_type: request.channel ?? OWN_CHANNEL,
            trade_order_list: request.platformOrderNos,
          },
          package_info: { id: request.requestKey, total_packages_count: 1, ...packageOf(request) },
          ...present({
            recipient: recipientOf(request),
            logistics_services: request.services && JSON.stringify(request.services),
          }),
        },
      ],
    });
    const params = { param_waybill_cloud_print_apply_new_request: text };
    const { root } = await this.client.call(call, { method: GET, params, isWrite: true });
    const module = listOf(root['modules'])[0] ?? {};
    const inner = asObject(module['waybill_cloud_print_response']);
    return read(asText(inner['waybill_code']) === undefined ? module : inner, request.carrier, GET);
  }

  private async completeSender(
    call: PlatformCall,
    request: WaybillRequest,
    cause: PlatformError,
  ): Promise<SenderAddress> {
    const known = (await this.accounts(call, request.carrier)).flatMap((account) => account.addresses);
    const isSame = (address: (typeof known)[number]): boolean =>
      PARTS.every((part) => (request.sender[part] ?? '') === '' || request.sender[part] === address[part]);
    const match = known.find(isSame);
    const isOther = match && PARTS.some((part) => (request.sender[part] ?? '') !== (match[part] ?? ''));
    if (match && isOther) return { ...match, name: request.sender.name, mobile: request.sender.mobile };
    const list = known.map((address) => PARTS.map((part) => address[part] ?? '').join(' ')).join('; ') || 'none';
    throw new PlatformError(
      'rejected',
      `${cause.message} The addresses of the label account are: ${list}.`,
      cause.facts,
    );
  }

  /** The request's template, the installation's, or the first standard one of the carrier. */
  private async templateOf(call: PlatformCall, request: WaybillRequest, wpCode: string): Promise<string> {
    const stated = request.templateUrl ?? this.config.waybillTemplate;
    if (stated !== '') return stated;
    const nowMs = call.wireNow().getTime();
    const kept = this.templates.get(wpCode);
    if (kept && kept.untilMs > nowMs) return kept.url;
    const { root } = await this.client.call(call, {
      method: TEMPLATES,
      params: { wp_code: wpCode },
      needsSession: false,
    });
    const carriers = listOf(asObject(root['result'])['datas']).filter((data) => asText(data['wp_code']) === wpCode);
    const urls = carriers
      .flatMap((data) => listOf(data['standard_templates']))
      .map((one) => one['standard_template_url']);
    const url = urls.map(asText).find((found) => found !== undefined);
    if (url === undefined)
      throw new PlatformError(
        'rejected',
        `Pinduoduo names no label template for carrier ${wpCode}; set PINDUODUO_WAYBILL_TEMPLATE or ask with a template.`,
        { platform: 'pinduoduo', method: TEMPLATES, reason: 'configuration' },
      );
    this.templates.set(wpCode, { url, untilMs: nowMs + TEMPLATE_LIVES_MS });
    return url;
  }
}

const PARTS = ['province', 'city', 'district', 'town', 'detail'] as const;

function read(label: JsonObject, carrier: string, method: string): Waybill {
  const waybillNo = asText(label['waybill_code']);
  if (waybillNo === undefined) {
    throw new PlatformError('transient', `Pinduoduo answered ${method} without a number; ask again.`, {
      platform: 'pinduoduo',
      method,
      outcomeUnknown: method === GET,
    });
  }
  const parent = asText(label['parent_waybill_code']);
  return {
    waybillNo,
    carrier,
    printData: asText(label['print_data']) ?? '',
    ...(parent !== undefined && { parentWaybillNo: parent }),
  };
}

function accountOf(carrier: string, branch: JsonObject): WaybillAccount {
  const numbersLeft = asInteger(branch['quantity']);
  return {
    carrier,
    branchCode: asText(branch['branch_code']) ?? '',
    branchName: asText(branch['branch_name']) ?? '',
    ...(numbersLeft !== undefined && { numbersLeft }),
    addresses: listOf(branch['shipp_address_cols']).map((address) => ({
      province: asText(address['province']) ?? '',
      city: asText(address['city']) ?? '',
      detail: asText(address['detail']) ?? '',
      ...present({ district: asText(address['district']), town: asText(address['town']) }),
    })),
  };
}

function senderOf({ name, mobile, ...address }: SenderAddress): Record<string, unknown> {
  return { name, mobile, address };
}

/** Ciphers as they came, areas in clear; without ciphers the platform fills the receiver in from the order's number. */
function recipientOf({ receiver: { cipher, masked } }: WaybillRequest): Record<string, unknown> | undefined {
  const { receiver_name: name, receiver_phone: mobile, receiver_address: detail } = cipher;
  if (name === undefined || mobile === undefined || detail === undefined) return undefined;
  const { province, city, district } = masked;
  return { name, mobile, address: { ...present({ province, city, district }), detail } };
}

function packageOf(request: WaybillRequest): Record<string, unknown> {
  return {
    items: request.items,
    ...(request.weightGrams !== undefined && { weight: request.weightGrams }),
    ...(request.volumeMl !== undefined && { volume: request.volumeMl }),
  };
}
