/** What work on one after-sale is about. */
export interface AfterSaleSubject {
  platformAfterSaleNo: string;
  /** Number of its order, where whoever asked knew it: some platforms answer only to both numbers. */
  platformOrderNo?: string;
}

/** The subject of work on an after-sale: `<shopId>/<platformAfterSaleNo>` or `<shopId>/<platformAfterSaleNo>/<platformOrderNo>`. */
export function afterSaleSubject(shopId: string, platformAfterSaleNo: string, platformOrderNo?: string): string {
  return [shopId, platformAfterSaleNo, ...(platformOrderNo === undefined ? [] : [platformOrderNo])].join('/');
}

/** Reads what afterSaleSubject wrote. */
export function readAfterSaleSubject(subject: string): AfterSaleSubject {
  const [, platformAfterSaleNo = '', platformOrderNo] = subject.split('/');
  return { platformAfterSaleNo, ...(platformOrderNo !== undefined && { platformOrderNo }) };
}
