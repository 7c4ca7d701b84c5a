-- The floor of B1: everything that the intake of one page stores (six tables), written by one bare statement on one
-- connection. The very rows that ours stored, into the same tables with the same indexes; nothing is checked, looked up or decided.
WITH platform_order_rows AS (
  INSERT INTO bench_floor.platform_order (
    company_id, shop_id, platform_order_no, order_id, platform_state, raw_status, stated_modified_at, modified_at, fetch_started_at,
    fetched_at, content_hash, canonical, raw)
  SELECT n.company_id, n.shop_id, n.platform_order_no, n.order_id, n.platform_state, n.raw_status, n.stated_modified_at, n.modified_at,
    n.fetch_started_at, n.fetched_at, n.content_hash, n.canonical, n.raw
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],
      $10::timestamptz[], $11::text[], $12::text[], $13::text[])
      AS n(company_id, shop_id, platform_order_no, order_id, platform_state, raw_status, stated_modified_at, modified_at, fetch_started_at,
      fetched_at, content_hash, canonical, raw)
),
working_order_rows AS (
  INSERT INTO bench_floor.working_order (
    company_id, order_id, shop_id, platform, platform_order_no, parent_order_no, platform_state, unknown_status, review, stock,
    fulfilment, after_sale, notice, status, version, is_live, is_urgent, is_cancelled, is_replaced, is_shipped_by_platform,
    is_balance_due, is_stock_asked, stock_since, placed_at, paid_at, ship_by, ended_at, not_before, forbids, currency, amounts,
    unexplained_fen, payment_difference_fen, receiver, receiver_mark, approved_receiver_mark, province, city, buyer_id, buyer_nick,
    buyer_message, seller_memo, memo_flag, flags, created_at, updated_at)
  SELECT n.company_id, n.order_id, n.shop_id, n.platform, n.platform_order_no, n.parent_order_no, n.platform_state, n.unknown_status,
    n.review, n.stock, n.fulfilment, n.after_sale, n.notice, n.status, n.version, n.is_live, n.is_urgent, n.is_cancelled,
    n.is_replaced, n.is_shipped_by_platform, n.is_balance_due, n.is_stock_asked, n.stock_since, n.placed_at, n.paid_at, n.ship_by,
    n.ended_at, n.not_before, n.forbids, n.currency, n.amounts::json, n.unexplained_fen, n.payment_difference_fen, n.receiver::json,
    n.receiver_mark, n.approved_receiver_mark, n.province, n.city, n.buyer_id, n.buyer_nick, n.buyer_message, n.seller_memo,
    n.memo_flag, n.flags::text[], n.created_at, n.updated_at
    FROM unnest($14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[],
      $24::text[], $25::text[], $26::text[], $27::text[], $28::bigint[], $29::boolean[], $30::boolean[], $31::boolean[],
      $32::boolean[], $33::boolean[], $34::boolean[], $35::boolean[], $36::bigint[], $37::timestamptz[], $38::timestamptz[],
      $39::timestamptz[], $40::timestamptz[], $41::timestamptz[], $42::text[], $43::text[], $44::text[], $45::bigint[], $46::bigint[],
      $47::text[], $48::text[], $49::text[], $50::text[], $51::text[], $52::text[], $53::text[], $54::text[], $55::text[],
      $56::integer[], $57::text[], $58::timestamptz[], $59::timestamptz[])
      AS n(company_id, order_id, shop_id, platform, platform_order_no, parent_order_no, platform_state, unknown_status, review, stock,
      fulfilment, after_sale, notice, status, version, is_live, is_urgent, is_cancelled, is_replaced, is_shipped_by_platform,
      is_balance_due, is_stock_asked, stock_since, placed_at, paid_at, ship_by, ended_at, not_before, forbids, currency, amounts,
      unexplained_fen, payment_difference_fen, receiver, receiver_mark, approved_receiver_mark, province, city, buyer_id, buyer_nick,
      buyer_message, seller_memo, memo_flag, flags, created_at, updated_at)
),
order_line_rows AS (
  INSERT INTO bench_floor.order_line (
    company_id, line_id, order_id, shop_id, platform_line_no, position, listing_id, listing_sku_id, merchant_code, title, spec_text,
    quantity, cancelled, reserved, shipped, unit_price_fen, discount_fen, paid_fen, refund_state, refund_no, platform_line_state,
    no_stock, is_shipped_by_platform, is_elsewhere, is_implausible, is_removed, is_gift, is_waiting, forbids, components, held)
  SELECT n.company_id, n.line_id, n.order_id, n.shop_id, n.platform_line_no, n.position, n.listing_id, n.listing_sku_id, n.merchant_code,
    n.title, n.spec_text, n.quantity, n.cancelled, n.reserved, n.shipped, n.unit_price_fen, n.discount_fen, n.paid_fen,
    n.refund_state, n.refund_no, n.platform_line_state, n.no_stock, n.is_shipped_by_platform, n.is_elsewhere, n.is_implausible,
    n.is_removed, n.is_gift, n.is_waiting, n.forbids, n.components::json, n.held::json
    FROM unnest($60::text[], $61::text[], $62::text[], $63::text[], $64::text[], $65::integer[], $66::text[], $67::text[], $68::text[],
      $69::text[], $70::text[], $71::integer[], $72::integer[], $73::integer[], $74::integer[], $75::bigint[], $76::bigint[],
      $77::bigint[], $78::text[], $79::text[], $80::text[], $81::boolean[], $82::boolean[], $83::boolean[], $84::boolean[],
      $85::boolean[], $86::boolean[], $87::boolean[], $88::text[], $89::text[], $90::text[])
      AS n(company_id, line_id, order_id, shop_id, platform_line_no, position, listing_id, listing_sku_id, merchant_code, title, spec_text,
      quantity, cancelled, reserved, shipped, unit_price_fen, discount_fen, paid_fen, refund_state, refund_no, platform_line_state,
      no_stock, is_shipped_by_platform, is_elsewhere, is_implausible, is_removed, is_gift, is_waiting, forbids, components, held)
),
order_log_rows AS (
  INSERT INTO bench_floor.order_log (
    company_id, order_id, version, at, actor, reason, changes)
  SELECT n.company_id, n.order_id, n.version, n.at, n.actor, n.reason, n.changes
    FROM unnest($91::text[], $92::text[], $93::bigint[], $94::timestamptz[], $95::text[], $96::text[], $97::text[])
      AS n(company_id, order_id, version, at, actor, reason, changes)
),
outbox_rows AS (
  INSERT INTO bench_floor.outbox (
    company_id, event_id, name, trace_id, occurred_at, recorded_at, items, whole)
  SELECT n.company_id, n.event_id, n.name, n.trace_id, n.occurred_at, n.recorded_at, n.items, n.whole
    FROM unnest($98::text[], $99::text[], $100::text[], $101::text[], $102::timestamptz[], $103::timestamptz[], $104::text[], $105::text[])
      AS n(company_id, event_id, name, trace_id, occurred_at, recorded_at, items, whole)
)
INSERT INTO bench_floor.outbox_delivery (
    company_id, event_id, consumer, sent_at, acked_at, sends)
  SELECT n.company_id, n.event_id, n.consumer, n.sent_at, n.acked_at, n.sends
    FROM unnest($106::text[], $107::text[], $108::text[], $109::timestamptz[], $110::timestamptz[], $111::integer[])
      AS n(company_id, event_id, consumer, sent_at, acked_at, sends);
