/**
 * The rule of a listing SKU, field by field: its own, else that of the shop, else the shop's row. The number is floor of
 * percent of (whole bundles − safety), at most the ceiling, at least the floor, never below 0. The whole bundles follow
 * from the scarcest component over the rule's warehouses; listings with a weight divide each component among themselves.
 * Listings that are not linked, paused, without goods or off the shelf have no target; one that a rule took off the shelf
 * has, since it goes back when there is something to sell.
 *
 * A platform that takes on-hand numbers ($parameter names them) subtracts what it sold and did not see leave. So the
 * listing's own held units are added, whole ones of the scarcest component, as far as pieces lie in the warehouses. Of them
 * are taken off those of parcels that this app counted as departed and the stock facts did not yet: the platform may know
 * of these parcels already. A piece in doubt is left out, so the platform offers too little rather than too much.
 */
export const targetsSql = (parameter: number): string => `
  SELECT l.shop_id, l.listing_sku_id, l.listing_id, l.title, l.merchant_code,
         CASE WHEN l.is_linked AND NOT l.no_stock AND (l.is_on_shelf OR sh.listing_id IS NOT NULL) AND c.bundles IS NOT NULL AND NOT r.is_paused
              THEN (x.share + x.occupied)::int END AS target,
         p.shown, p.told, p.wanted, c.components, x.occupied, r.is_paused, r.auto_shelf, l.is_on_shelf
    FROM listing_link l
    JOIN shop s ON s.company_id = l.company_id AND s.id = l.shop_id
    LEFT JOIN push_rule o ON o.company_id = l.company_id AND o.shop_id = l.shop_id AND o.listing_sku_id = l.listing_sku_id
    LEFT JOIN push_rule d ON d.company_id = l.company_id AND d.shop_id = l.shop_id AND d.listing_sku_id = ''
    CROSS JOIN LATERAL (
      SELECT coalesce(o.percent, d.percent, s.push_percent) AS percent, coalesce(o.safety, d.safety, 0) AS safety,
             coalesce(o.floor, d.floor, s.push_floor) AS floor, coalesce(o.ceiling, d.ceiling) AS ceiling,
             coalesce(o.weight, d.weight) AS weight, coalesce(o.warehouses, d.warehouses) AS warehouses, coalesce(o.is_paused, false) AS is_paused, coalesce(o.auto_shelf, d.auto_shelf, false) AS auto_shelf
    ) r
    LEFT JOIN listing_shelf sh ON sh.company_id = l.company_id AND sh.shop_id = l.shop_id AND sh.listing_id = l.listing_id
    LEFT JOIN listing_push p ON p.company_id = l.company_id AND p.shop_id = l.shop_id AND p.listing_sku_id = l.listing_sku_id
    LEFT JOIN LATERAL (
      SELECT min(floor(coalesce(q.part, 0)::numeric / k.quantity)) AS bundles,
             min(floor(coalesce(h.on_hand, 0)::numeric / k.quantity)) AS on_hand, min(floor(coalesce(h.occupied, 0)::numeric / k.quantity)) AS occupied,
             json_agg(json_build_object('skuId', k.sku_id, 'quantity', k.quantity, 'sellable', coalesce(q.part, 0)) ORDER BY k.sku_id) AS components
        FROM listing_component k
        LEFT JOIN LATERAL (
          SELECT CASE WHEN r.weight IS NULL THEN sum(greatest(0, e.quantity)) ELSE floor(sum(greatest(0, e.quantity)) * r.weight::numeric / (
                   SELECT sum(coalesce(o2.weight, d2.weight))
                     FROM listing_component k2
                     JOIN listing_link l2 ON l2.company_id = k2.company_id AND l2.shop_id = k2.shop_id AND l2.listing_sku_id = k2.listing_sku_id
                          AND ((l2.is_linked AND NOT l2.no_stock AND (l2.is_on_shelf OR EXISTS (SELECT 1 FROM listing_shelf sh2 WHERE sh2.company_id = l2.company_id AND sh2.shop_id = l2.shop_id AND sh2.listing_id = l2.listing_id))) OR (l2.shop_id = l.shop_id AND l2.listing_sku_id = l.listing_sku_id))
                     LEFT JOIN push_rule o2 ON o2.company_id = k2.company_id AND o2.shop_id = k2.shop_id AND o2.listing_sku_id = k2.listing_sku_id
                     LEFT JOIN push_rule d2 ON d2.company_id = k2.company_id AND d2.shop_id = k2.shop_id AND d2.listing_sku_id = ''
                    WHERE k2.company_id = k.company_id AND k2.sku_id = k.sku_id)) END AS part
            FROM sellable e
           WHERE e.company_id = k.company_id AND e.sku_id = k.sku_id AND (r.warehouses IS NULL OR e.warehouse = ANY(r.warehouses))
        ) q ON true
        LEFT JOIN LATERAL (
          SELECT sum(e.on_hand) AS on_hand,
                 sum(u.pieces) - greatest(0, coalesce((SELECT g.pieces FROM departed g WHERE g.company_id = k.company_id AND g.shop_id = l.shop_id AND g.sku_id = k.sku_id), 0) - coalesce(sum(u.departed), 0)) AS occupied
            FROM sellable e
            LEFT JOIN LATERAL (
              SELECT (t.part->>'departed')::bigint AS departed,
                     (SELECT sum((i.part->>'pieces')::bigint) FROM jsonb_array_elements(t.part->'listings') AS i(part) WHERE i.part->>'listingSkuId' = l.listing_sku_id) AS pieces
                FROM jsonb_array_elements(e.occupied) AS t(part) WHERE t.part->>'shopId' = l.shop_id
            ) u ON true
           WHERE s.platform = ANY($${parameter}::text[]) AND e.company_id = k.company_id AND e.sku_id = k.sku_id
        ) h ON true
       WHERE k.company_id = l.company_id AND k.shop_id = l.shop_id AND k.listing_sku_id = l.listing_sku_id
    ) c ON true
    CROSS JOIN LATERAL (SELECT greatest(0, r.floor, least(r.ceiling, floor(greatest(0, c.bundles - r.safety) * r.percent / 100.0))) AS share) f
    CROSS JOIN LATERAL (SELECT f.share, greatest(0, least(coalesce(c.occupied, 0), coalesce(c.on_hand, 0) - f.share))::int AS occupied) x`;
