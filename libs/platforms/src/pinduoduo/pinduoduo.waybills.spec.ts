import { PlatformError, WaybillRequest } from '../port';
import { PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoMethod } from './pinduoduo.roots';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig } from './pinduoduo.client.fake';
import { PinduoduoWaybills } from './pinduoduo.waybills';

const GET = 'pdd.waybill.get';
const sender = { name: '发件人', mobile: '13900000000', province: '浙江省', city: '杭州市', detail: '文三路1号' };
const request = (change: Partial<WaybillRequest> = {}): WaybillRequest => ({
  requestKey: 'par_1',
  carrier: 'YTO',
  sender,
  platformOrderNos: ['261121-123456789012345'],
  receiver: {
    cipher: {
      receiver_name: '~n~i~1~~',
      receiver_phone: '$i$p$1$$',
      receiver_address: '~a~i~1~~',
      address: '~f~i~1~~',
    },
    masked: { name: '张*', province: '浙江省', city: '杭州市', district: '西湖区', address: '文**' },
  },
  items: [{ name: '棉T恤 红,XL', count: 2 }],
  weightGrams: 500,
  ...change,
});
const label: FakeAnswer = {
  root: {
    modules: [{ object_id: 'par_1', waybill_code: 'YT1', parent_waybill_code: null, print_data: '{"ver":"3"}' }],
  },
};
const templates: FakeAnswer = {
  root: {
    result: {
      datas: [
        { wp_code: 'ZTO', standard_templates: [{ standard_template_url: 'https://t/zto' }] },
        { wp_code: 'YTO', standard_templates: [{ standard_template_url: 'https://t/yto' }] },
      ],
    },
  },
};
const account = (address = {}) => ({
  wp_code: 'YTO',
  branch_account_cols: [
    {
      branch_code: '571001',
      branch_name: '西湖网点',
      quantity: 37,
      shipp_address_cols: [{ province: '浙江省', city: '杭州市', district: '西湖区', detail: '文三路1号', ...address }],
    },
  ],
});

function part(answers: Partial<Record<PinduoduoMethod, FakeAnswer | FakeAnswer[]>>, waybillTemplate = '') {
  const client = new FakePinduoduoClient(({ method }) => {
    if (method === 'pdd.logistics.companies.get') return { root: { logistics_companies: [] } };
    const answer = answers[method] ?? (method === 'pdd.cloudprint.stdtemplates.get' ? templates : label);
    return Array.isArray(answer) ? answer.shift()! : answer;
  });
  const carriers = new PinduoduoCarriers(client.asClient(), fakeConfig());
  const waybills = new PinduoduoWaybills(client.asClient(), carriers, fakeConfig({ waybillTemplate }));
  const applied = () =>
    client.calls
      .filter(({ method }) => method === GET)
      .map(({ params }) => JSON.parse(params['param_waybill_cloud_print_apply_new_request']!) as Record<string, never>);
  return { client, waybills, applied };
}

describe('pinduoduo labels', () => {
  it('takes a number with the ciphers unchanged and the areas in clear', async () => {
    const { waybills, applied } = part({});
    expect(await waybills.get(fakeCall, request())).toEqual({
      waybillNo: 'YT1',
      carrier: 'YTO',
      printData: '{"ver":"3"}',
    });
    const { name, mobile, ...address } = sender;
    expect(applied()).toEqual([
      {
        wp_code: 'YTO',
        need_encrypt: true,
        sender: { name, mobile, address },
        trade_order_info_dtos: [
          {
            object_id: 'par_1',
            user_id: 100200300,
            template_url: 'https://t/yto',
            order_info: { order_channels_type: 'PDD', trade_order_list: ['261121-123456789012345'] },
            package_info: {
              id: 'par_1',
              total_packages_count: 1,
              items: [{ name: '棉T恤 红,XL', count: 2 }],
              weight: 500,
            },
            recipient: {
              name: '~n~i~1~~',
              mobile: '$i$p$1$$',
              address: { province: '浙江省', city: '杭州市', district: '西湖区', detail: '~a~i~1~~' },
            },
          },
        ],
      },
    ]);
  });

  it('never sends a mask for a receiver: without ciphers the platform fills it in', async () => {
    const { waybills, applied } = part({});
    await waybills.get(fakeCall, request({ receiver: { cipher: {}, masked: { name: '张*' } } }));
    expect(JSON.stringify(applied())).not.toMatch(/recipient|张/);
  });

  it('takes the template of the request, of the installation, or the carrier’s first, which it keeps', async () => {
    const { client, waybills, applied } = part({});
    await waybills.get(fakeCall, request());
    await waybills.get(fakeCall, request());
    await waybills.get(fakeCall, request({ templateUrl: 'https://mine' }));
    const asked = client.methods().filter((method) => method === 'pdd.cloudprint.stdtemplates.get');
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(applied()[2])).toContain('https://mine');
    const fixed = part({}, 'https://fixed');
    await fixed.waybills.get(fakeCall, request());
    expect(JSON.stringify(fixed.applied())).toContain('https://fixed');
    const none = part({ 'pdd.cloudprint.stdtemplates.get': { root: { result: { datas: [] } } } });
    await expect(none.waybills.get(fakeCall, request())).rejects.toMatchObject({ facts: { reason: 'configuration' } });
  });

  it('completes a sender that leaves parts out, from the account', async () => {
    const wrong: FakeAnswer = { fault: { code: '50001', subMsg: '发货地址不正确' } };
    const search: FakeAnswer = { root: { waybill_apply_subscription_cols: [account()] } };
    const { waybills, applied } = part({ [GET]: [wrong, label], 'pdd.waybill.search': search });
    expect((await waybills.get(fakeCall, request())).waybillNo).toBe('YT1');
    expect(applied()[1]!['sender']).toEqual({
      name: '发件人',
      mobile: '13900000000',
      address: { province: '浙江省', city: '杭州市', district: '西湖区', detail: '文三路1号' },
    });
  });

  it('lists the account’s addresses when none fits, and does not ask twice with the same one', async () => {
    const wrong: FakeAnswer = { fault: { code: '50001', subMsg: '发货地址不正确' } };
    for (const address of [{ detail: '别处' }, { district: '', detail: '文三路1号' }]) {
      const search: FakeAnswer = { root: { waybill_apply_subscription_cols: [account(address)] } };
      const { waybills, applied } = part({ [GET]: wrong, 'pdd.waybill.search': search });
      await expect(waybills.get(fakeCall, request())).rejects.toThrow(address.detail);
      expect(applied()).toHaveLength(1);
    }
  });

  it('passes other refusals on, and calls a label without a number unknown', async () => {
    const full = part({ [GET]: { fault: { code: '50001', subMsg: '余额不足' } } });
    await expect(full.waybills.get(fakeCall, request())).rejects.toThrow('余额不足');
    const empty = part({ [GET]: { root: { modules: [] } } });
    const error = await empty.waybills.get(fakeCall, request()).catch((caught: unknown) => caught as PlatformError);
    expect(error).toMatchObject({ kind: 'transient', outcomeUnknown: true });
  });

  it('shows the carrier accounts with their addresses', async () => {
    const search: FakeAnswer = { root: { waybill_apply_subscription_cols: [account()] } };
    const { client, waybills } = part({ 'pdd.waybill.search': search });
    expect(await waybills.accounts(fakeCall, 'YTO')).toEqual([
      {
        carrier: 'YTO',
        branchCode: '571001',
        branchName: '西湖网点',
        numbersLeft: 37,
        addresses: [{ province: '浙江省', city: '杭州市', district: '西湖区', detail: '文三路1号' }],
      },
    ]);
    expect(client.calls.at(-1)!.params).toEqual({ wp_code: 'YTO' });
    expect(await waybills.accounts(fakeCall)).toHaveLength(1);
    expect(client.calls.at(-1)!.params).toEqual({ wp_code: undefined });
  });

  it('changes what is on a label', async () => {
    const { client, waybills } = part({ 'pdd.waybill.update': { root: { waybill_code: 'YT1', print_data: 'new' } } });
    expect(await waybills.update(fakeCall, 'YT1', request())).toEqual({
      waybillNo: 'YT1',
      carrier: 'YTO',
      printData: 'new',
    });
    const text = client.calls.at(-1)!.params['param_waybill_cloud_print_update_request']!;
    expect(JSON.parse(text)).toMatchObject({ waybill_code: 'YT1', wp_code: 'YTO', object_id: 'par_1' });
  });

  it.each([
    ['cancelled', { root: { cancel_result: true } }],
    ['refused', { root: { cancel_result: false } }],
    ['gone', { fault: { code: '50001', subMsg: '面单已取消' } }],
    ['gone', { fault: { code: '50001', subMsg: '面单号不存在' } }],
  ] as [string, FakeAnswer][])('gives a number back: %s', async (verdict, answer) => {
    const { client, waybills } = part({ 'pdd.waybill.cancel': answer });
    expect(await waybills.cancel(fakeCall, { waybillNo: 'YT1', carrier: 'YTO' })).toBe(verdict);
    expect(client.calls.at(-1)!.params).toEqual({ waybill_code: 'YT1', wp_code: 'YTO' });
  });

  it('does not hide why a number could not be given back', async () => {
    const { waybills } = part({ 'pdd.waybill.cancel': { fault: { code: '50000' } } });
    await expect(waybills.cancel(fakeCall, { waybillNo: 'YT1', carrier: 'YTO' })).rejects.toMatchObject({
      outcomeUnknown: true,
    });
  });
});
