import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';

/** What a seller answered to an application for a refund. */
export interface Reply {
  status: number;
  by: string;
  remark: string;
}

/** What the methods keep beside the story: used trade numbers, answers to applications, goods received. Survives restarts. */
export class JdNotes {
  private readonly tradeNos = new Set<string>();
  private readonly replies = new Map<string, Reply>();
  private readonly received = new Set<string>();

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'jd:trade-no') this.tradeNos.add(record.key as string);
    if (record.k === 'jd:reply') this.replies.set(record.no as string, record.reply as Reply);
    if (record.k === 'jd:received') this.received.add(record.no as string);
  }

  /** True when a trade number of the old methods was used by a shop before (JD sheet §4, code 17). */
  isTradeNoUsed(shopId: string, tradeNo: string): boolean {
    return this.tradeNos.has(`${shopId}:${tradeNo}`);
  }

  useTradeNo(shopId: string, tradeNo: string): void {
    const key = `${shopId}:${tradeNo}`;
    this.tradeNos.add(key);
    this.core.log.append({ k: 'jd:trade-no', key });
  }

  replyTo(no: string): Reply | undefined {
    return this.replies.get(no);
  }

  keepReply(no: string, reply: Reply): void {
    this.replies.set(no, reply);
    this.core.log.append({ k: 'jd:reply', no, reply });
  }

  /** True when the seller has unpacked the goods of a service order. */
  isReceived(no: string): boolean {
    return this.received.has(no);
  }

  receive(no: string): void {
    this.received.add(no);
    this.core.log.append({ k: 'jd:received', no });
  }
}
