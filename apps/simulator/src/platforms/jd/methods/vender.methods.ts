import { hashText } from '../../../core/random';
import { open, read, shopOf, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

function venderInfo(call: Call): Row {
  const shop = shopOf(call);
  return {
    vender_info_result: { vender_id: shop.shopId, shop_id: shop.shopId, shop_name: shop.name, col_type: 0 },
  };
}

function venderShop(call: Call): Row {
  const shop = shopOf(call);
  return {
    shop_jos_result: {
      vender_id: Number(shop.shopId),
      shop_id: Number(shop.shopId),
      shop_name: shop.name,
      category_main_name: '服饰内衣',
      brief: '',
      logo_url: '',
    },
  };
}

const PROVINCES = ['北京', '上海', '天津', '重庆', '浙江省', '广东省', '江苏省', '四川省', '湖北省'];

/** Who the authoriser is, and public calls (JD sheet §3, §1). */
export const venderMethods: MethodTable = {
  'jingdong.seller.vender.info.get': read(venderInfo),
  'jingdong.vender.shop.query': read(venderShop),
  'jingdong.areas.province.get': open(() => ({
    baseAreaServiceResponse: {
      success: true,
      resultCode: '1',
      data: PROVINCES.map((areaName) => ({
        areaId: (hashText(`jd:area:${areaName}`) % 84) + 1,
        areaName,
        parentId: 0,
        level: 1,
        status: 1,
      })),
    },
  })),
};
