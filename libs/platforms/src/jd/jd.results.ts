import { JsonObject, asFlag, asList, asObject, asText } from '../kit/answer.json';
import { rawRows } from '../kit/raw-rows';
import { JdAnswer, JdCaller, JdClient, JdRequest } from './jd.client';
import { JdRow } from './jd.paging';

/**
 * The innermost layer of an answer (JD sheet §4): HTTP 200 and code "0" prove nothing, each family says in a place of its
 * own whether it was done. Every function here calls, judges that place and hands out what stands beside it.
 */

/** An answer, and the container in it that was judged. */
export interface Result extends JdAnswer {
  result: JsonObject;
  container: string;
}

/** `searchorderinfo_result` or `orderDetailInfo` with its `apiResult`. */
export async function callOrder(
  client: JdClient,
  caller: JdCaller,
  request: JdRequest,
  container: 'searchorderinfo_result' | 'orderDetailInfo',
): Promise<Result> {
  const answer = await client.call(caller, request);
  const { root } = answer;
  const result = asObject(root[container]);
  if (root[container] === undefined) throw client.unreadable(request, `the answer lacks ${container}`);
  const verdict = asObject(result['apiResult']);
  if (!asFlag(verdict['success'])) throw client.refusal(request, apiFault(verdict));
  return { ...answer, result, container };
}

/** Error fields of pop.order results. */
export function apiFault(verdict: JsonObject): { code?: string; text?: string; subCode?: string } {
  const code = asText(verdict['numberCode']) ?? asText(verdict['errorCode']);
  return {
    code: code === '0' ? undefined : code,
    text: asText(verdict['chineseErrCode']) ?? 'the inner success flag is not true',
    subCode: asText(verdict['englishErrCode']),
  };
}

/** A container with `success` and its own error fields: shipments, refund applications, service orders, stock batches. */
export async function callFlagged(
  client: JdClient,
  caller: JdCaller,
  request: JdRequest,
  containers: readonly string[],
): Promise<Result> {
  const answer = await client.call(caller, request);
  const name = containers.find((key) => answer.root[key] !== undefined);
  if (name === undefined) throw client.unreadable(request, `the answer lacks ${containers.join(' and ')}`);
  const result = asObject(answer.root[name]);
  if (!asFlag(result['success'])) {
    throw client.refusal(request, {
      code: asText(result['errorCode']) ?? asText(result['code']) ?? asText(result['resultCode']),
      text:
        asText(result['chineseErrCode']) ??
        asText(result['msg']) ??
        asText(result['message']) ??
        asText(result['errorMsg']) ??
        'the inner success flag is not true',
      subCode: asText(result['englishErrCode']),
    });
  }
  return { ...answer, result, container: name };
}

/** `page`, `ware` or `sku` of reading goods; an absent container is an empty one. */
export async function callGoods(
  client: JdClient,
  caller: JdCaller,
  request: JdRequest,
  container: 'page' | 'ware' | 'sku',
): Promise<Result> {
  const answer = await client.call(caller, request);
  return { ...answer, result: asObject(answer.root[container]), container };
}

/** `resultInfo.statusCode` 0 of e-waybills. */
export async function callLabels(client: JdClient, caller: JdCaller, request: JdRequest): Promise<JsonObject> {
  const { root } = await client.call(caller, { ...request, bareMember: 'statusCode' });
  const result = asObject(root['resultInfo']);
  if (asText(result['statusCode']) === '0') return result;
  throw client.refusal(request, {
    code: asText(result['statusCode']),
    text: asText(result['statusMessage']) ?? 'resultInfo states no success',
  });
}

/** `response` with `errorCode` or `status_code` 0 of the security calls. */
export async function callSecurity(client: JdClient, caller: JdCaller, request: JdRequest): Promise<JsonObject> {
  const { root } = await client.call(caller, request);
  const response = asObject(root['response']);
  const code = asText(response['errorCode']) ?? asText(response['status_code']);
  if (code === '0') return response;
  throw client.refusal(request, { code, text: asText(response['errorMsg']) ?? 'response states no success' });
}

/** Rows of a list in a result, each with its own text; a text that cannot be told apart is written anew. */
export function rowsOf({ result, key, container, text }: Result, name: string): JdRow[] {
  const rows = asList(result[name], 'row');
  const texts = rawRows(text, [key, container, name]);
  return rows.map((row, index) => ({ row, raw: texts[index] ?? JSON.stringify(row) }));
}
