import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Single orders, after-sales, what a person asks for, and tokens leave the lane of windows for one of their own. */
export class News1700000000010 implements MigrationInterface {
  name = 'News1700000000010';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
ALTER TABLE work DROP CONSTRAINT work_lane_check;
ALTER TABLE work ADD CONSTRAINT work_lane_check CHECK (lane IN ('news', 'pull', 'push', 'notice', 'bill'));
UPDATE work SET lane = 'news' WHERE kind IN ('order', 'after-sale', 'request', 'token');
`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
UPDATE work SET lane = 'pull' WHERE lane = 'news';
ALTER TABLE work DROP CONSTRAINT work_lane_check;
ALTER TABLE work ADD CONSTRAINT work_lane_check CHECK (lane IN ('pull', 'push', 'notice', 'bill'));
`);
  }
}
