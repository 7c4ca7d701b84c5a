import { adviceOf, INTERCEPT_STATES, turnOf, type Standing } from './intercept.rules';

const CAUSE = { kind: 'requested' as const, orderId: 'ord_1', platformOrderNo: '1' };
const standing = (change: Partial<Standing>): Standing => ({
  parcelId: 'pcl_1',
  parcelState: 'shipped',
  waybillNo: '781',
  shopId: 'shp_1',
  warehouse: 'HZ1',
  cause: null,
  isBack: false,
  intercept: null,
  ...change,
});
const intercept = (state: (typeof INTERCEPT_STATES)[number]) => ({
  state,
  kind: 'requested' as const,
  orderId: 'ord_1',
});

describe('the turn of an intercept', () => {
  it.each(['shipped', 'exception'])('asks for a parcel that is %s and must not reach the buyer', (parcelState) => {
    expect(turnOf(standing({ parcelState, cause: CAUSE }))).toEqual({ state: 'asked' });
    expect(turnOf(standing({ parcelState, cause: CAUSE, intercept: intercept('withdrawn') }))).toEqual({
      state: 'asked',
    });
  });

  it.each(['labelled', 'departing', 'pull_out', 'cancelled', 'delivered'])(
    'asks for nothing that is %s',
    (parcelState) => {
      expect(turnOf(standing({ parcelState, cause: CAUSE }))).toBeUndefined();
    },
  );

  it('asks for nothing without a cause, and for nothing that is back', () => {
    expect(turnOf(standing({}))).toBeUndefined();
    expect(turnOf(standing({ cause: CAUSE, isBack: true }))).toBeUndefined();
  });

  it('closes what is asked when the parcel is back, delivered, or free to go on, in this order', () => {
    const asked = intercept('asked');
    expect(turnOf(standing({ intercept: asked, isBack: true, parcelState: 'delivered' }))).toMatchObject({
      state: 'caught',
    });
    expect(turnOf(standing({ intercept: asked, parcelState: 'delivered' }))).toMatchObject({ state: 'too_late' });
    expect(turnOf(standing({ intercept: asked }))).toMatchObject({ state: 'withdrawn' });
    expect(turnOf(standing({ intercept: asked, cause: CAUSE }))).toBeUndefined();
  });

  it('renews the reason of what is asked, and leaves every answer alone', () => {
    const cause = { ...CAUSE, kind: 'refunded' as const };
    expect(turnOf(standing({ intercept: intercept('asked'), cause }))).toEqual({ state: 'reason' });
    for (const state of ['caught', 'too_late'] as const) {
      expect(turnOf(standing({ intercept: intercept(state), cause }))).toBeUndefined();
      expect(turnOf(standing({ intercept: intercept(state), parcelState: 'delivered' }))).toBeUndefined();
    }
  });

  it('says what to do while something is to be done', () => {
    expect(INTERCEPT_STATES.map((state) => adviceOf(state, 'ZTO', '781') !== '')).toEqual([true, true, false, false]);
  });
});
