import { DAY, HOUR, MINUTE, SECOND } from '../../../core/times';

/*
 * What this simulator decides because the sheet leaves it open. Each name says what it is; an adapter must not depend
 * on these values.
 */

/** Left open: how far a request's timestamp may be from the platform's wire clock. Taken from the other gateway (§1). */
export const MOST_SKEW_MS = 10 * MINUTE;

/** Told by the sheet: a download address lives 30 s (§12.2); counted on the wire clock. */
export const URL_LIFE_MS = 30 * SECOND;

/** Told as "usually" by the sheet (§12.2): a day's file is there from 09:00 of the next day on, in story time. */
export const DAY_READY_MS = DAY + 9 * HOUR;

/** Told as "about" by the sheet (§12.2): a month's file is there from the 3rd of the next month, 09:00, on. */
export const MONTH_READY_MS = 2 * DAY + 9 * HOUR;

/** Told by the sheet (§12.2): there are no files before this month. */
export const FIRST_MONTH = '2016-01';

/** Left open: the words for a file that is not there yet, or never will be. */
export const BILL_NOT_THERE = { subCode: 'isp.bill_not_exist', subMsg: '账单不存在' } as const;

/** Left open: codes of the envelope, `code` and `msg`. */
export const MISSING_ARGUMENTS = { code: '40001', msg: 'Missing Required Arguments' } as const;
export const INVALID_ARGUMENTS = { code: '40002', msg: 'Invalid Arguments' } as const;
export const BUSINESS_FAILED = { code: '40004', msg: 'Business Failed' } as const;
export const UNAVAILABLE = { code: '20000', msg: 'Service Currently Unavailable' } as const;
export const SUCCESS = { code: '10000', msg: 'Success' } as const;

/** Left open: answers to an unknown app or method carry no signature, because no key belongs to them. */
export const SIGNS_UNKNOWN_CALLERS = false;

/** Left open: the root of an answer to a method that does not exist. */
export const UNKNOWN_METHOD_ROOT = 'error_response';

/** Left open: slashes inside an answer are escaped (`http:\/\/`), so that only the text as received proves the signature. */
export const ESCAPES_SLASHES = true;

/** Left open: what the file server answers when an address is too old, or was changed. */
export const EXPIRED = { status: 403, code: 'AccessDenied', message: 'Request has expired.' } as const;
export const FORGED = {
  status: 403,
  code: 'SignatureDoesNotMatch',
  message: 'The request signature we calculated does not match the signature you provided.',
} as const;

/** Left open: names of the files in the archive; the sheet tells only that one is the summary (汇总). */
export const FILE_WORDS = { signcustomer: '账务明细', trade: '业务明细' } as const;
export const SUMMARY_WORD = '(汇总)';

/** Left open: the columns of the summary. */
export const SUMMARY_COLUMNS = '类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）';

/** Left open: when the platform writes a file; some seconds in this hour of the day on which it is ready. */
export const WRITTEN_FROM_MS = 8 * HOUR;

/** Left open: the footer of a trade file. */
export const TRADE_TOTAL_WORDS = { paid: '交易合计', refunded: '退款合计' } as const;
