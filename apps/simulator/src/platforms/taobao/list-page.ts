import { pageOf, type Page, type PageRequest } from '../../kit/list-page';
import type { Call } from './method';

/** The page numbers of a call (Taobao sheet §5.3). */
export function pageNumbers(call: Call, maxPageSize: number): Pick<PageRequest<never>, 'pageNo' | 'pageSize'> {
  return {
    pageNo: call.params.int('page_no', 1, 1_000_000, 1),
    pageSize: call.params.int('page_size', 1, maxPageSize, 40),
  };
}

/** A page with either the total or `has_next` (Taobao sheet §5.2). */
export function pageFor<T>(
  call: Call,
  request: PageRequest<T>,
): { rows: T[]; totals: { total_results: number } | { has_next: boolean } } {
  const { rows, total, hasNext }: Page<T> = pageOf(call, request);
  return { rows, totals: call.params.bool('use_has_next') ? { has_next: hasNext } : { total_results: total } };
}
