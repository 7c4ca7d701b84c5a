-- Beside the floor of B1: the platform orders of a page alone, without working orders, lines, log and facts.
INSERT INTO bench_floor.platform_order_alone (
    company_id, shop_id, platform_order_no, order_id, platform_state, raw_status, stated_modified_at, modified_at, fetch_started_at,
    fetched_at, content_hash, canonical, raw)
  SELECT n.company_id, n.shop_id, n.platform_order_no, n.order_id, n.platform_state, n.raw_status, n.stated_modified_at, n.modified_at,
    n.fetch_started_at, n.fetched_at, n.content_hash, n.canonical, n.raw
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],
      $10::timestamptz[], $11::text[], $12::text[], $13::text[])
      AS n(company_id, shop_id, platform_order_no, order_id, platform_state, raw_status, stated_modified_at, modified_at, fetch_started_at,
      fetched_at, content_hash, canonical, raw);
