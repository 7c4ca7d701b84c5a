-- Fills the orders schema with older, completed orders: copies of the orders that are there, under numbers and ids of their own
-- that sort before those of new orders. :copy is the number of the copy. Every column that is not named is the original's.
CREATE TEMPORARY TABLE original AS SELECT order_id, row_number() OVER (ORDER BY order_id) AS n FROM working_order;
INSERT INTO platform_order SELECT r.* FROM original o JOIN platform_order p USING (order_id),
  json_populate_record(p, json_build_object('order_id', 'ord_00' || lpad((:copy * 10000000 + o.n)::text, 24, '0'),
    'platform_order_no', '21' || lpad((:copy * 10000000 + o.n)::text, 13, '0') || '4567', 'platform_state', 'completed')) r ORDER BY o.n;
INSERT INTO working_order SELECT r.* FROM original o JOIN working_order w USING (order_id),
  json_populate_record(w, json_build_object('order_id', 'ord_00' || lpad((:copy * 10000000 + o.n)::text, 24, '0'),
    'platform_order_no', '21' || lpad((:copy * 10000000 + o.n)::text, 13, '0') || '4567', 'platform_state', 'completed', 'status', 'completed',
    'created_at', w.created_at - interval '1 hour' * :copy, 'updated_at', w.updated_at - interval '1 hour' * :copy)) r ORDER BY o.n;
INSERT INTO order_line SELECT r.* FROM original o JOIN order_line l USING (order_id),
  json_populate_record(l, json_build_object('order_id', 'ord_00' || lpad((:copy * 10000000 + o.n)::text, 24, '0'),
    'line_id', 'oli_00' || lpad((:copy * 10000000 + o.n)::text, 21, '0') || lpad(l.position::text, 3, '0'),
    'platform_line_no', '21' || lpad((:copy * 10000000 + o.n)::text, 13, '0') || '4567' || l.position)) r ORDER BY o.n, l.position;
INSERT INTO order_log SELECT r.* FROM original o JOIN order_log g USING (order_id),
  json_populate_record(g, json_build_object('order_id', 'ord_00' || lpad((:copy * 10000000 + o.n)::text, 24, '0'))) r ORDER BY o.n, g.version;
INSERT INTO outbox SELECT r.* FROM (SELECT x, row_number() OVER (ORDER BY event_id) AS n FROM outbox x WHERE event_id NOT LIKE 'evt_00%') o,
  json_populate_record(o.x, json_build_object('event_id', 'evt_00' || lpad((:copy * 10000000 + o.n)::text, 24, '0'))) r;
INSERT INTO outbox_delivery SELECT company_id, 'evt_00' || lpad((:copy * 10000000 + n)::text, 24, '0'), consumer, coalesce(sent_at, acked_at), coalesce(acked_at, sent_at), greatest(sends, 1)
  FROM (SELECT d.*, dense_rank() OVER (ORDER BY event_id) AS n FROM outbox_delivery d WHERE event_id NOT LIKE 'evt_00%') o;
