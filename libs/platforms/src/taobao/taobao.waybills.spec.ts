import { WaybillRequest } from '../port';
import { FakeTaobaoClient, fakeCall, fakeConfig, fixtureText } from './taobao.client.fake';
import { asObject, parseAnswer } from '../kit/answer.json';
import { TaobaoWaybills } from './taobao.waybills';

const root = asObject(asObject(parseAnswer(fixtureText('waybill.json')))['cainiao_waybill_ii_get_response']);
const request: WaybillRequest = {
  requestKey: 'PCL_1A',
  carrier: 'ZTO',
  sender: {
    name: '张三',
    mobile: '13800000000',
    province: '浙江省',
    city: '杭州市',
    district: '西湖区',
    detail: '文三路1号',
  },
  platformOrderNos: ['2231958349212345678', '2231958349212345679'],
  receiver: {
    cipher: { oaid: '1Xx8ExampleOaid' },
    masked: {
      name: '李*',
      phone: '139****0000',
      province: '北京',
      city: '北京市',
      district: '朝阳区',
      address: '望京**',
    },
  },
  items: [{ name: 'T恤', count: 2 }],
  weightGrams: 400,
};
const part = (client: FakeTaobaoClient) => new TaobaoWaybills(client.asClient(), fakeConfig());

describe('taobao labels', () => {
  it('takes a number with the oaid and the masked receiver, never plain data', async () => {
    const client = new FakeTaobaoClient(() => ({ root }));
    const waybill = await part(client).get(fakeCall, request);
    expect(waybill).toMatchObject({ waybillNo: '78123456789012', carrier: 'ZTO' });
    expect(JSON.parse(waybill.printData)).toHaveProperty('signature');
    const text = client.calls[0]!.params['param_waybill_cloud_print_apply_new_request']!;
    expect(JSON.parse(text)).toMatchObject({
      cp_code: 'ZTO',
      sender: { name: '张三', address: { detail: '文三路1号' } },
      trade_order_info_dtos: [
        {
          order_info: { order_channels_type: 'TM', trade_order_list: ['2231958349212345678', '2231958349212345679'] },
          package_info: { id: 'pcl_1a', weight: 400, items: [{ name: 'T恤', count: 2 }] },
          recipient: { name: '李*', mobile: '139****0000', oaid: '1Xx8ExampleOaid', tid: '2231958349212345678' },
          user_id: 2200001,
        },
      ],
    });
    expect(text).toContain('"user_id":2200001');
  });

  it('leaves the outcome open when the answer names no number', async () => {
    await expect(part(new FakeTaobaoClient(() => ({ root: {} }))).get(fakeCall, request)).rejects.toMatchObject({
      kind: 'transient',
      outcomeUnknown: true,
    });
  });

  it('finds labels of an order after a lost answer', async () => {
    const found = { success: true, waybill_cloud_print_response: { waybill_code: '78', print_data: '{}' } };
    const client = new FakeTaobaoClient(() => ({
      root: {
        modules: { waybill_cloud_print_with_result_desc_response: [found, { success: false, error_code: 'x' }] },
      },
    }));
    expect(await part(client).find(fakeCall, { platformOrderNo: '1', carrier: 'ZTO' })).toEqual([
      { waybillNo: '78', carrier: 'ZTO', printData: '{}' },
    ]);
  });

  it('updates and cancels, and tells a number that is gone from one that is refused', async () => {
    const updated = await part(new FakeTaobaoClient(() => ({ root: { waybill_code: '78', print_data: '{}' } }))).update(
      fakeCall,
      '78',
      request,
    );
    expect(updated.waybillNo).toBe('78');
    const cancel = (answer: ConstructorParameters<typeof FakeTaobaoClient>[0]) =>
      part(new FakeTaobaoClient(answer)).cancel(fakeCall, { waybillNo: '78', carrier: 'ZTO' });
    expect(await cancel(() => ({ root: { cancel_result: true } }))).toBe('cancelled');
    expect(await cancel(() => ({ root: { cancel_result: false } }))).toBe('refused');
    expect(await cancel(() => ({ fault: { code: '15', subCode: 'isv.waybill-not-exist' } }))).toBe('gone');
  });

  const address = { province: '浙江省', city: '杭州市', district: '西湖区', town: '北山街道', detail: '文三路1号' };
  const shop = (known: object[]) =>
    new FakeTaobaoClient(({ method, params }) => {
      if (method === 'cainiao.waybill.ii.search') {
        const branch = {
          branch_code: 'B1',
          branch_name: '网点',
          quantity: 9,
          shipp_address_cols: { address_dto: known },
        };
        const subscription = { cp_code: 'ZTO', branch_account_cols: { waybill_branch_account: [branch] } };
        return { root: { waybill_apply_subscription_cols: { waybill_apply_subscription_info: [subscription] } } };
      }
      const isKnown = params['param_waybill_cloud_print_apply_new_request']!.includes('北山街道');
      return isKnown ? { root } : { fault: { code: '15', subCode: 'isv.waybill-sender-address-not-match' } };
    });

  it('completes a sender that leaves the town out from the carrier account', async () => {
    const client = shop([{ ...address, detail: '别处' }, address]);
    expect((await part(client).get(fakeCall, request)).waybillNo).toBe('78123456789012');
    expect(client.calls).toHaveLength(3);
    expect(await part(client).accounts(fakeCall, 'ZTO')).toMatchObject([
      { carrier: 'ZTO', branchCode: 'B1', numbersLeft: 9, addresses: [{}, address] },
    ]);
  });

  it('names the addresses of the account when none is the sender', async () => {
    await expect(part(shop([{ ...address, city: '宁波市' }])).get(fakeCall, request)).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('宁波市'),
    });
  });
});
