import type { MigrationInterface, QueryRunner } from 'typeorm';

const SQL = `
CREATE TABLE unreadable_answer (
  company_id text NOT NULL,
  id text NOT NULL,
  shop_id text NOT NULL,
  platform text NOT NULL,
  method text NOT NULL,
  http_status integer NOT NULL,
  cause text NOT NULL,
  size integer NOT NULL CHECK (size >= 0),
  is_cut boolean NOT NULL,
  body_sealed text NOT NULL,
  kept_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, id)
);
COMMENT ON TABLE unreadable_answer IS 'Answers of platforms that could not be read, kept seven days of wire time; body_sealed is the base64 text of the bytes as received, sealed, since it may hold receiver data.';
COMMENT ON COLUMN unreadable_answer.is_cut IS 'The answer was longer than what is kept of it; size counts all its bytes.';
CREATE INDEX unreadable_answer_shop ON unreadable_answer (company_id, shop_id, kept_at);
CREATE INDEX unreadable_answer_kept ON unreadable_answer (kept_at);
`;

/** Answers of platforms that could not be read. */
export class UnreadableAnswer1700000000003 implements MigrationInterface {
  name = 'UnreadableAnswer1700000000003';

  async up(q: QueryRunner): Promise<void> {
    await q.query(SQL);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE unreadable_answer');
  }
}
