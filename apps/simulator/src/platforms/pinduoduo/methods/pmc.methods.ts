import type { ShopStory } from '../../../core/story.types';
import { toPlatformText } from '../../../core/times';
import { appCall, shopOf, write, type Call, type MethodTable } from '../method';
import { TOPICS } from '../pmc/topics';

type Row = Record<string, unknown>;

/** No topics means the app's list, which holds all (Pinduoduo sheet §11.1). */
function permit(call: Call): Row {
  const topics = (call.params.text('topics') ?? '')
    .replace(/[[\]"\s]/g, '')
    .split(',')
    .filter((topic) => topic !== '');
  call.core.story.putShop({ ...shopOf(call), pushPermitted: true, pushTopics: topics });
  return { is_success: true };
}

function ownShop(call: Call): ShopStory | undefined {
  const shop = call.core.story.shop('pinduoduo', call.params.required('owner_id'));
  return shop?.appKey === call.app.appKey ? shop : undefined;
}

function userGet(call: Call): Row {
  const shop = ownShop(call);
  if (!shop?.pushPermitted) return { pmc_user: null };
  return {
    pmc_user: {
      owner_id: shop.shopId,
      topics: shop.pushTopics.length > 0 ? shop.pushTopics : TOPICS,
      is_expire: shop.tokenState === 'valid' ? 0 : 1,
      created: toPlatformText(call.at),
      modified: toPlatformText(call.at),
    },
  };
}

function cancel(call: Call): Row {
  const shop = ownShop(call);
  if (shop) call.core.story.putShop({ ...shop, pushPermitted: false, pushTopics: [] });
  return { is_success: shop !== undefined };
}

/** Push messages over the gateway (Pinduoduo sheet §11.1); the two odd roots are the platform's. */
export const pmcMethods: MethodTable = {
  'pdd.pmc.user.permit': write('pmc_user_permit_response', permit),
  'pdd.pmc.user.get': appCall('pmc_user_get_response', userGet),
  'pdd.pmc.user.cancel': appCall('tmc_user_cancel_response', cancel),
  'pdd.pmc.accrue.query': appCall('pmc_user_get_response', (call) => ({
    number: call.messages.waiting(call.app.appKey),
  })),
};
