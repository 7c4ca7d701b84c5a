-- An observer of B4: notes each number that a platform accepted, with the wire time. It changes nothing of ours.
CREATE TABLE sync.bench_told (at timestamptz NOT NULL, shop_id text NOT NULL, listing_sku_id text NOT NULL, told integer);
CREATE FUNCTION sync.bench_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO sync.bench_told VALUES (clock_timestamp(), NEW.shop_id, NEW.listing_sku_id, NEW.told);
  RETURN NULL;
END $$;
CREATE TRIGGER bench_note AFTER UPDATE OF told_at ON sync.listing_push FOR EACH ROW
  WHEN (NEW.told_no IS DISTINCT FROM OLD.told_no) EXECUTE FUNCTION sync.bench_note();
