import { WaybillRequest } from '../port';
import { FakeAnswer, FakeDouyinClient, fakeCall, fakeConfig } from './douyin.client.fake';
import { DouyinWaybills } from './douyin.waybills';

const request: WaybillRequest = {
  requestKey: 'PCL_1A-2',
  carrier: 'YTO',
  sender: { name: '仓库', mobile: '13800000000', province: '广东省', city: '佛山市', detail: 'xx路1号' },
  platformOrderNos: ['6921377343921159820', '6921377343921159821'],
  receiver: {
    cipher: { name: '#jN+4#a#1##', phone: '$KIxz$b$1$$', address: '#Z82#c#1##', openAddressId: '#r==' },
    masked: {
      name: '新*',
      phone: '1**',
      province: '四川省',
      city: '成都市',
      district: '金牛区',
      town: '荷花池街道',
      address: '***',
    },
  },
  items: [{ name: '外套', count: 1 }],
};
const site = {
  company: 'yuantong',
  netsite_code: '075724',
  netsite_name: '佛山网点',
  amount: 9,
  sender_address: [
    {
      province_name: '广东省',
      city_name: '佛山市',
      district_name: '南海区',
      street_name: '西樵镇',
      detail_address: 'xx路1号',
    },
  ],
};

function part(answers: Record<string, FakeAnswer> = {}, sites: object[] = [site]) {
  const client = new FakeDouyinClient(({ method }): FakeAnswer => {
    const answer = answers[method];
    if (answer) return answer;
    if (method === 'logistics.listShopNetsite') return { data: { netsites: sites } };
    if (method === 'logistics.newCreateOrder') return { data: { ebill_infos: [{ track_no: 'YT7' }], err_infos: [] } };
    if (method === 'logistics.waybillApply') return { data: { waybill_infos: [{ print_data: 'p', sign: 's' }] } };
    return { data: {} };
  });
  return { client, labels: new DouyinWaybills(client.asClient(), fakeConfig()) };
}
const failed = (err_code: string): FakeAnswer => ({ data: { err_infos: [{ err_code, err_msg: '失败' }] } });

describe('douyin labels', () => {
  it('takes a number with the ciphers of the receiver and the branch of the sender, and its print data', async () => {
    const { client, labels } = part();
    const label = await labels.get(fakeCall, request);
    expect(label).toMatchObject({ waybillNo: 'YT7', carrier: 'YTO' });
    expect(JSON.parse(label.printData)).toEqual({
      logistics_code: 'yuantong',
      track_no: 'YT7',
      print_data: 'p',
      sign: 's',
    });
    expect(client.sent(1)).toMatchObject({
      logistics_code: 'yuantong',
      order_channel: '1',
      user_id: -1,
      sender_info: {
        address: { district_name: '南海区', street_name: '西樵镇', detail_address: 'xx路1号' },
        contact: { name: '仓库', mobile: '13800000000' },
      },
      order_infos: [
        {
          order_id: '6921377343921159820',
          combine_orders: ['6921377343921159821'],
          pack_id: 'pcl_1a_2',
          receiver_info: {
            address: { province_name: '四川省', street_name: '荷花池街道', detail_address: '#Z82#c#1##' },
            contact: { name: '#jN+4#a#1##', mobile: '$KIxz$b$1$$' },
          },
          items: [{ item_name: '外套', item_count: 1 }],
          net_info: { net_code: '075724' },
        },
      ],
    });
    expect(client.sent(2)).toEqual({ waybill_applies: [{ logistics_code: 'yuantong', track_no: 'YT7' }] });
  });

  it('sends the sender as it is when no branch has its address, and the masks when there is no cipher', async () => {
    const { client, labels } = part({}, [{ ...site, sender_address: [] }]);
    await labels.get(fakeCall, { ...request, receiver: { ...request.receiver, cipher: {} } });
    expect(client.sent(1)).toMatchObject({
      sender_info: { address: { district_name: '', detail_address: 'xx路1号' } },
      order_infos: [{ net_info: { net_code: '' }, receiver_info: { contact: { name: '新*', mobile: '1**' } } }],
    });
  });

  it('finds the failure inside of a success', async () => {
    const refused = part({ 'logistics.newCreateOrder': failed('10701') }).labels;
    await expect(refused.get(fakeCall, request)).rejects.toMatchObject({
      kind: 'rejected',
      facts: { reason: 'configuration' },
      message: expect.stringContaining('失败'),
    });
    const unprinted = part({ 'logistics.waybillApply': failed('1') }).labels;
    await expect(unprinted.get(fakeCall, request)).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('leaves the outcome open without a number, and asks again without print data', async () => {
    const empty = part({ 'logistics.newCreateOrder': { data: {} } }).labels;
    await expect(empty.get(fakeCall, request)).rejects.toMatchObject({ kind: 'transient', outcomeUnknown: true });
    const blank = part({ 'logistics.waybillApply': { data: {} } }).labels;
    await expect(blank.get(fakeCall, request)).rejects.toMatchObject({ kind: 'transient', outcomeUnknown: false });
  });

  it('lists branches with their balance, which may be unknown', async () => {
    const { client, labels } = part({}, [site, { ...site, amount: -1 }]);
    expect(await labels.accounts(fakeCall, 'YTO')).toMatchObject([
      { carrier: 'YTO', branchCode: '075724', branchName: '佛山网点', numbersLeft: 9, addresses: [{ town: '西樵镇' }] },
      { carrier: 'YTO' },
    ]);
    expect((await labels.accounts(fakeCall))[1]).not.toHaveProperty('numbersLeft');
    expect([client.sent(0), client.sent(1)]).toEqual([{ logistics_code: 'yuantong' }, { logistics_code: '' }]);
  });

  it('changes a label and reads its print data anew', async () => {
    const { client, labels } = part();
    expect((await labels.update(fakeCall, 'YT7', request)).waybillNo).toBe('YT7');
    expect(client.calls.map(({ method }) => method)).toEqual(['logistics.updateOrder', 'logistics.waybillApply']);
    expect(client.sent(0)).toMatchObject({ track_no: 'YT7', order_id: '6921377343921159820' });
  });

  it.each([
    [{ data: { cancel_result: { success: true } } }, 'cancelled'],
    [{ data: { cancel_result: { success: false } } }, 'refused'],
    [{ fault: { code: '50002', subCode: 'isv.business-failed:1102' } }, 'gone'],
    [{ fault: { code: '50002', subCode: 'isv.business-failed:20802' } }, 'refused'],
    [failed('1102'), 'gone'],
  ] as [FakeAnswer, string][])('gives a number back: %j is %s', async (answer, became) => {
    const { labels } = part({ 'logistics.cancelOrder': answer });
    expect(await labels.cancel(fakeCall, { waybillNo: 'YT7', carrier: 'YTO' })).toBe(became);
  });

  it('does not take a busy platform for a verdict on a number', async () => {
    const { labels } = part({ 'logistics.cancelOrder': { fault: { code: '20000' } } });
    await expect(labels.cancel(fakeCall, { waybillNo: 'YT7', carrier: 'YTO' })).rejects.toMatchObject({
      kind: 'transient',
    });
  });
});
