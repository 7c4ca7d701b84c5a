import { JsonObject, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { PlatformCall, PlatformError, Waybill, WaybillAccount, WaybillRequest, isPlatformError } from '../port';
import { JdCarriers } from './jd.carriers';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { JdKeys } from './jd.keys';
import { toJdLevels } from './jd.receiver-mapper';
import { callLabels } from './jd.results';
import { present } from './jd.values';

const ACCOUNTS = 'jingdong.ldop.alpha.provider.sign.success';
const RECEIVE = 'jingdong.ldop.alpha.waybill.receive';
const UNBIND = 'jingdong.ldop.alpha.waybill.api.unbind';
const PRINT = 'jingdong.printing.printData.pullData';
/** Texts of a number that was given back before, and of one that the carrier holds; not in JD sheet §9.3. */
const GONE = /已.{0,4}(取消|解绑|作废|回收)|不存在|未绑定/;
const TAKEN = /已.{0,4}(揽收|揽件|收件|发货|出库|使用|签收)|不(能|允许|可)取消/;

/** Labels of JD's electronic waybills (JD sheet §9.3). */
export class JdWaybills {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
    private readonly keys: JdKeys,
    private readonly carriers: JdCarriers,
  ) {}

  /** Takes one number with its print data. */
  async get(call: PlatformCall, request: WaybillRequest): Promise<Waybill> {
    const account = await this.accountFor(call, request);
    const content = JSON.stringify({
      waybillType: this.config.waybillType,
      waybillCount: 1,
      ...account,
      salePlatform: request.channel ?? this.config.salePlatform,
      platformOrderNo: request.platformOrderNos.join(','),
      vendorCode: call.shop.platformShopId,
      vendorOrderCode: request.requestKey,
      weight: (request.weightGrams ?? 0) / 1_000,
      volume: request.volumeMl ?? 0,
      payType: 0,
      needGuarantee: false,
      fromAddress: fromAddressOf(request),
      toAddress: await this.toAddressOf(call, request),
      ...request.services,
    });
    const result = await callLabels(this.client, call, { method: RECEIVE, params: { content }, isWrite: true });
    const numbers = asObject(result['data'])['waybillCodeList'];
    const waybillNo = Array.isArray(numbers) ? asText(numbers[0]) : undefined;
    if (waybillNo === undefined)
      throw new PlatformError('transient', 'JD answered a label without a number; a number may have been taken.', {
        platform: 'jd',
        method: RECEIVE,
        outcomeUnknown: true,
      });
    const printData = await this.printData(call, request, waybillNo);
    return { waybillNo, carrier: request.carrier, printData };
  }

  /** Carrier accounts with their sender addresses. */
  async accounts(call: PlatformCall, carrier?: string): Promise<WaybillAccount[]> {
    const rows = await this.accountRows(call);
    const accounts = rows.map((row) => this.accountOf(row));
    return carrier === undefined ? accounts : accounts.filter((account) => account.carrier === carrier);
  }

  /** JD looks labels up by their number alone, so those of an order cannot be asked for (JD sheet §9.3). */
  find(): Promise<Waybill[]> {
    return Promise.resolve([]);
  }

  /** No call changes a label that was taken (JD sheet §9.3). */
  update(waybillNo: string): Promise<Waybill> {
    const why = `JD cannot change label ${waybillNo}; give it back and take another one.`;
    return Promise.reject(
      new PlatformError('rejected', why, { platform: 'jd', method: RECEIVE, reason: 'unsupported' }),
    );
  }

  /** Gives a number back. */
  async cancel(
    call: PlatformCall,
    request: { waybillNo: string; carrier: string },
  ): Promise<'cancelled' | 'gone' | 'refused'> {
    const params = { providerCode: this.carriers.providerCode(request.carrier), waybillCode: request.waybillNo };
    try {
      await callLabels(this.client, call, { method: UNBIND, params, isWrite: true });
      return 'cancelled';
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      const text = error.facts.platformSubCode ?? '';
      if (GONE.test(text) || error.kind === 'not-found') return 'gone';
      if (TAKEN.test(text) || error.kind === 'already-done') return 'refused';
      throw error;
    }
  }

  /** Members of a request that name the account: the one whose address is the sender's, else the first. */
  private async accountFor(call: PlatformCall, request: WaybillRequest): Promise<Record<string, unknown>> {
    const providerCode = this.carriers.providerCode(request.carrier);
    const rows = (await this.accountRows(call)).filter((row) => asText(row['providerCode']) === providerCode);
    const { sender } = request;
    const row = rows.find((one) => asText(asObject(one['address'])['address']) === sender.detail) ?? rows[0];
    if (row === undefined)
      throw new PlatformError(
        'rejected',
        `The shop has no signed label account of carrier ${request.carrier} (${providerCode}) at JD; sign one in its console.`,
        { platform: 'jd', method: ACCOUNTS, reason: 'configuration' },
      );
    return {
      providerCode,
      ...present({
        providerId: asInteger(row['providerId']),
        branchCode: asText(row['branchCode']),
        settlementCode: asText(row['settlementCode']),
      }),
    };
  }

  private async accountRows(call: PlatformCall): Promise<JsonObject[]> {
    const params = { vendorCode: call.shop.platformShopId };
    const result = await callLabels(this.client, call, { method: ACCOUNTS, params });
    return asList(result['data'], 'account');
  }

  private accountOf(row: JsonObject): WaybillAccount {
    const address = asObject(row['address']);
    return {
      carrier: this.carriers.ours(asText(row['providerCode']) ?? ''),
      branchCode: asText(row['branchCode']) ?? asText(row['settlementCode']) ?? '',
      branchName: asText(row['branchName']) ?? asText(row['providerName']) ?? '',
      ...present({ numbersLeft: asInteger(row['amount']) }),
      addresses: [
        {
          province: asText(address['provinceName']) ?? '',
          city: asText(address['cityName']) ?? '',
          detail: asText(address['address']) ?? '',
          ...present({ district: asText(address['countryName']), town: asText(address['countrysideName']) }),
        },
      ],
    };
  }

  /** With an oaid and masked texts JD fills the receiver in; otherwise the ciphers are opened for this label alone (JD sheet §9.3, §10). */
  private async toAddressOf(call: PlatformCall, request: WaybillRequest): Promise<Record<string, unknown>> {
    const { masked, cipher } = request.receiver;
    const area = areaOf(toJdLevels({ ...masked }), cipher);
    const { fullname, mobile, telephone, fullAddress, oaid } = cipher;
    if (oaid !== undefined && masked.name !== undefined && masked.address !== undefined)
      return { ...area, address: masked.address, contact: masked.name, ...present({ mobile: masked.phone }), oaid };
    const opened = await this.keys.open(call, present({ fullname, mobile, telephone, fullAddress }));
    const contact = opened.fullname ?? masked.name;
    const address = opened.fullAddress ?? masked.address;
    if (contact === undefined || address === undefined)
      throw new PlatformError(
        'rejected',
        `Order ${request.platformOrderNos[0] ?? '?'} carries neither an oaid nor a cipher of its receiver; pull it again.`,
        { platform: 'jd', method: RECEIVE, reason: 'bad-request' },
      );
    return {
      ...area,
      address,
      contact,
      ...present({ mobile: opened.mobile ?? masked.phone, phone: opened.telephone, oaid }),
    };
  }

  /** Print data of a number; without it the label is of no use, so the number is given back before the failure is told. */
  private async printData(call: PlatformCall, request: WaybillRequest, waybillNo: string): Promise<string> {
    const cpCode = this.carriers.providerCode(request.carrier);
    if (this.config.printData === 'number') return JSON.stringify({ cpCode, wayBillCode: waybillNo });
    try {
      return await this.pullPrintData(call, request, waybillNo, cpCode);
    } catch (error) {
      const became = await this.cancel(call, { waybillNo, carrier: request.carrier });
      if (became !== 'refused' || !isPlatformError(error)) throw error;
      const why = `${error.message} Number ${waybillNo} was taken for it and could not be given back.`;
      throw new PlatformError(error.kind, why, error.facts);
    }
  }

  private async pullPrintData(
    call: PlatformCall,
    request: WaybillRequest,
    waybillNo: string,
    cpCode: string,
  ): Promise<string> {
    const popFlag = request.channel === undefined || request.channel === this.config.salePlatform ? 1 : 0;
    const wayBillInfos = [{ popFlag, orderNo: request.platformOrderNos[0] ?? '', wayBillCode: waybillNo }];
    const param1 = { objectId: request.requestKey, cpCode, parameters: {}, wayBillInfos, appKey: call.shop.appKey };
    const { root } = await this.client.call(call, { method: PRINT, params: { param1 } });
    const text = findPrintData(root);
    if (text !== undefined) return text;
    const why = `JD gave no print data for ${waybillNo}.`;
    throw new PlatformError('transient', why, { platform: 'jd', method: PRINT, retryAfterMs: 2_000 });
  }
}

/** The container around `prePrintDatas` is not in the sheet, so it is looked for (JD sheet §9.3). */
function findPrintData(value: JsonObject): string | undefined {
  const rows = asList(value['prePrintDatas'], 'prePrintData');
  const text = rows.map((row) => asText(row['perPrintData'])).find((one) => one !== undefined);
  if (text !== undefined) return text;
  for (const inner of Object.values(value)) {
    const found =
      Array.isArray(inner) || typeof inner !== 'object' || inner === null ? undefined : findPrintData(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Address levels with JD's codes where the order carried them; JD spells county as country. */
function areaOf(
  levels: ReturnType<typeof toJdLevels>,
  codes: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const code = (name: string): number | undefined => asInteger(codes[name]);
  return present({
    provinceId: code('provinceId'),
    provinceName: levels.province,
    cityId: code('cityId'),
    cityName: levels.city,
    countryId: code('countyId'),
    countryName: levels.county,
    countrysideId: code('townId'),
    countrysideName: levels.town,
  });
}

function fromAddressOf({ sender }: WaybillRequest): Record<string, unknown> {
  const { name, mobile, detail, ...area } = sender;
  return { ...areaOf(toJdLevels(area), {}), address: detail, contact: name, mobile };
}
