import { CanonicalAfterSale } from '@app/contracts/canonical';
import { JsonObject, asText } from '../kit/answer.json';
import { AfterSalePage, isPlatformError } from '../port';

/** Maps the rows of a page; one that cannot be read is listed as failed and does not stop the others. */
export async function pageOf(
  rows: readonly { row: JsonObject; raw: string }[],
  idField: string,
  prefix: string,
  map: (row: JsonObject, raw: string) => Promise<CanonicalAfterSale>,
): Promise<Pick<AfterSalePage, 'afterSales' | 'failed'>> {
  const afterSales: CanonicalAfterSale[] = [];
  const failed: { platformAfterSaleNo: string; reason: string }[] = [];
  for (const { row, raw } of rows) {
    try {
      afterSales.push(await map(row, raw));
    } catch (error) {
      if (!isPlatformError(error) || error.facts.method !== 'after-sales') throw error;
      const no = asText(row[idField]);
      failed.push({ platformAfterSaleNo: no === undefined ? '' : `${prefix}${no}`, reason: error.message });
    }
  }
  return { afterSales, ...(failed.length > 0 && { failed }) };
}
