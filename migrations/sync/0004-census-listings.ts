import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
ALTER TABLE census_window
  ADD COLUMN listings integer NOT NULL DEFAULT 0,
  ADD COLUMN hidden integer NOT NULL DEFAULT 0,
  ADD COLUMN platform_total integer,
  ADD COLUMN unlisted integer NOT NULL DEFAULT 0,
  ADD COLUMN open_looks integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN census_window.listings IS 'How often the window was listed, over all looks.';
COMMENT ON COLUMN census_window.hidden IS 'Rows that a list left out of its first listing of a look and showed in a later one, over all looks.';
COMMENT ON COLUMN census_window.platform_total IS 'What the platform itself counted at the last look; empty where it does not count.';
COMMENT ON COLUMN census_window.unlisted IS 'Orders that it counted beyond those seen at the last look; such a window is not proven.';
COMMENT ON COLUMN census_window.open_looks IS 'Looks in a row that could not prove the window.';
ALTER TABLE census_gap
  DROP CONSTRAINT census_gap_cause_check,
  ADD CONSTRAINT census_gap_cause_check CHECK (cause IN ('missing', 'older', 'ahead')),
  ADD COLUMN found_look text NOT NULL DEFAULT 'hour' CHECK (found_look IN ('hour', 'day')),
  ADD COLUMN found_listing integer NOT NULL DEFAULT 1 CHECK (found_listing > 0);
COMMENT ON COLUMN census_gap.cause IS 'ahead: missing, but modified after what the change pull had read when it stood still.';
COMMENT ON COLUMN census_gap.found_look IS 'The look that found it: of the first hours, or of the day after; found_listing is which listing of that look showed it.';
`;

/** How often a window was listed until as many orders were seen as the platform counts, and what found a gap. */
export class CensusListings1700000000004 implements MigrationInterface {
  name = 'CensusListings1700000000004';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DELETE FROM census_gap WHERE cause = 'ahead';
      ALTER TABLE census_gap
        DROP COLUMN found_look, DROP COLUMN found_listing,
        DROP CONSTRAINT census_gap_cause_check,
        ADD CONSTRAINT census_gap_cause_check CHECK (cause IN ('missing', 'older'));
      ALTER TABLE census_window
        DROP COLUMN listings, DROP COLUMN hidden, DROP COLUMN platform_total, DROP COLUMN unlisted, DROP COLUMN open_looks;
    `);
  }
}
