import type { Chance } from '../core/random';
import type { Buyer, Receiver } from '../core/story.types';

const SURNAMES = [...'王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗'];
const GIVEN = [
  '伟',
  '芳',
  '娜',
  '秀英',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀兰',
  '霞',
];

const PLACES: readonly (readonly [string, string, string, string, string])[] = [
  ['北京', '北京市', '朝阳区', '望京街道', '100102'],
  ['上海', '上海市', '浦东新区', '张江镇', '201203'],
  ['浙江省', '杭州市', '余杭区', '五常街道', '311121'],
  ['广东省', '广州市', '天河区', '石牌街道', '510630'],
  ['广东省', '深圳市', '南山区', '粤海街道', '518057'],
  ['江苏省', '南京市', '鼓楼区', '湖南路街道', '210009'],
  ['四川省', '成都市', '武侯区', '桂溪街道', '610041'],
  ['湖北省', '武汉市', '洪山区', '关山街道', '430074'],
  ['陕西省', '西安市', '雁塔区', '小寨路街道', '710061'],
  ['山东省', '青岛市', '市南区', '香港中路街道', '266071'],
  ['河南省', '', '济源市', '沁园街道', '459000'],
  ['福建省', '厦门市', '思明区', '莲前街道', '361008'],
  ['辽宁省', '沈阳市', '和平区', '南湖街道', '110004'],
  ['新疆维吾尔自治区', '乌鲁木齐市', '天山区', '解放北路街道', '830002'],
];

/** A buyer who comes back: the same number gives the same person. */
export function buyerOf(openId: (id: string) => string, n: number): Buyer {
  const id = String(100_000 + n);
  return { id, nick: `tb${id}_${n % 97}`, openId: openId(id) };
}

/** Where a buyer lives. */
export function receiverOf(chance: Chance): Receiver {
  const [state, city, district, town, zip] = chance.pick(PLACES);
  return {
    name: `${chance.pick(SURNAMES)}${chance.pick(GIVEN)}`,
    mobile: `13${chance.int(0, 9)}${String(chance.int(0, 99_999_999)).padStart(8, '0')}`,
    state,
    city,
    district,
    town,
    detail: `${chance.pick(['阳光', '幸福', '金桂', '学府', '滨江'])}花园${chance.int(1, 30)}栋${chance.int(1, 6)}单元${chance.int(1, 30)}0${chance.int(1, 4)}室`,
    zip,
    version: 1,
  };
}
