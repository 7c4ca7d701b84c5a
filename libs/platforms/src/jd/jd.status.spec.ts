import {
  bringsGoodsBack,
  holdOf,
  refundStateOf,
  serviceKindOf,
  serviceStateOf,
  skuStatusOf,
  stateOf,
  wareStatusOf,
} from './jd.status';

describe('states of orders', () => {
  it.each([
    ['NOT_PAY', 'wait_pay'],
    ['WAIT_SELLER_STOCK_OUT', 'paid'],
    ['WAIT_SELLER_DELIVERY', 'paid'],
    ['WAIT_SEND_CODE', 'paid'],
    ['PAUSE', 'paid'],
    ['POP_ORDER_PAUSE', 'paid'],
    ['LOCKED', 'paid'],
    ['WAIT_GOODS_RECEIVE_CONFIRM', 'shipped'],
    ['SEND_TO_DISTRIBUTION_CENER', 'shipped'],
    ['DISTRIBUTION_CENTER_RECEIVED', 'shipped'],
    ['RECEIPTS_CONFIRM', 'signed'],
    ['FINISHED_L', 'completed'],
    ['TRADE_CANCELED', 'cancelled'],
    ['PARENT_TRADE_CANCELED', 'cancelled'],
    ['DELIVERY_RETURN', 'closed'],
    ['UN_KNOWN', 'unknown'],
    ['DengDaiFenQiFuKuan', 'wait_pay'],
    ['DengDaiDaYin', 'paid'],
    ['DengDaiChuKu', 'paid'],
    ['DengDaiDaBao', 'paid'],
    ['DengDaiFaHuo', 'paid'],
    ['SuoDing', 'paid'],
    ['ZanTing', 'paid'],
    ['DengDaiTuiKuan', 'paid'],
    ['ZiTiTuZhong', 'shipped'],
    ['ShangMenTiHuo', 'shipped'],
    ['DengDaiQueRenShouHuo', 'shipped'],
    ['HuoDaoFuKuanQueRen', 'signed'],
    ['WanCheng', 'completed'],
    ['ServiceFinished', 'completed'],
    ['ZiTiTuiHuo', 'closed'],
    ['PeiSongTuiHuo', 'closed'],
    ['', 'unknown'],
    ['toString', 'unknown'],
    ['locked', 'unknown'],
  ])('%s is %s', (raw, state) => {
    expect(stateOf(raw)).toBe(state);
  });

  it('holds back what JD holds back, and nothing else', () => {
    const held = ['LOCKED', 'PAUSE', 'POP_ORDER_PAUSE', 'SuoDing', 'ZanTing', 'DengDaiTuiKuan'];
    expect(held.every((state) => holdOf(state) !== undefined)).toBe(true);
    for (const state of ['WAIT_SELLER_STOCK_OUT', 'FINISHED_L', 'constructor']) expect(holdOf(state)).toBeUndefined();
  });
});

describe('states of after-sales', () => {
  it.each([
    ['0', 'requested'],
    ['1', 'requested'],
    ['2', 'refused'],
    ['3', 'succeeded'],
    ['4', 'unknown'],
    ['5', 'requested'],
    ['6', 'requested'],
    ['7', 'requested'],
    ['8', 'requested'],
    ['9', 'requested'],
    ['10', 'requested'],
    ['11', 'withdrawn'],
    ['16', 'requested'],
    ['17', 'wait_return'],
    ['18', 'withdrawn'],
    ['19', 'requested'],
    ['27', 'requested'],
    ['28', 'unknown'],
    ['40', 'unknown'],
    ['', 'unknown'],
  ])('an application with status %s is %s', (status, state) => {
    expect(refundStateOf(status)).toBe(state);
  });

  it('expects goods back after interceptions, rejections and agreed returns', () => {
    const all = ['0', '1', '2', '3', '5', '6', '7', '8', '9', '10', '11', '16', '17', '18', '19', '27'];
    expect(all.filter(bringsGoodsBack)).toEqual(['6', '7', '16', '17', '27']);
  });

  it.each([
    ['10000', 'requested'],
    ['10001', 'requested'],
    ['10002', 'wait_buyer'],
    ['10004', 'refused'],
    ['10005', 'wait_return'],
    ['10006', 'return_sent'],
    ['10007', 'return_sent'],
    ['10009', 'wait_buyer'],
    ['10010', 'succeeded'],
    ['10011', 'withdrawn'],
    ['10012', 'requested'],
    ['10013', 'requested'],
    ['10041', 'return_sent'],
    ['7060', 'return_sent'],
    ['7023', 'return_sent'],
    ['7090', 'return_sent'],
    ['1100', 'return_sent'],
    ['12000', 'return_sent'],
    ['14000', 'return_sent'],
    ['13000', 'unknown'],
    ['99', 'unknown'],
  ])('a service order with status %s is %s', (status, state) => {
    expect(serviceStateOf(status)).toBe(state);
  });

  it.each([
    ['10', 'return_refund'],
    ['11', 'refund_only'],
    ['20', 'exchange'],
    ['30', 'repair'],
    ['70', 'repair'],
    ['80', 'resend'],
    ['40', 'other'],
    ['90', 'other'],
    ['100', 'other'],
    ['', 'other'],
  ])('customerExpect %s is %s', (expectation, kind) => {
    expect(serviceKindOf(expectation)).toBe(kind);
  });
});

describe('states of wares', () => {
  it.each([
    ['1', 'off_shelf'],
    ['2', 'off_shelf'],
    ['4', 'off_shelf'],
    ['8', 'on_shelf'],
    ['513', 'off_shelf'],
    ['514', 'off_shelf'],
    ['516', 'off_shelf'],
    ['520', 'on_shelf'],
    ['1025', 'off_shelf'],
    ['1026', 'off_shelf'],
    ['1028', 'off_shelf'],
    ['1032', 'on_shelf'],
    ['-1', 'deleted'],
    ['511', 'unknown'],
    ['16', 'unknown'],
    [undefined, 'unknown'],
  ])('wareStatus %s is %s', (raw, status) => {
    expect(wareStatusOf(raw)).toBe(status);
  });

  it('never sells a SKU whose ware is not for sale', () => {
    expect(skuStatusOf('1', 'on_shelf')).toBe('on_shelf');
    expect(skuStatusOf('1', 'off_shelf')).toBe('off_shelf');
    expect(skuStatusOf('2', 'on_shelf')).toBe('off_shelf');
    expect(skuStatusOf('4', 'on_shelf')).toBe('deleted');
    expect(skuStatusOf('1', 'deleted')).toBe('deleted');
    expect(skuStatusOf('9', 'on_shelf')).toBe('unknown');
  });
});
