import { DataSource } from 'typeorm';
import { startSync, type SyncFixture } from '../testing/sync.fixture';
import { KEEP_DAYS, RetentionKeeper } from './retention.keeper';

const DAY_MS = 86_400_000;

describe('what is done and old', () => {
  let sync: SyncFixture;
  let db: DataSource;
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
  const ids = async (table: string, column = 'id') =>
    ((await db.query(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)) as { id: string }[]).map(({ id }) => id);

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = sync.app.get(DataSource, { strict: false });
  });
  afterAll(() => sync.close());

  it('[P17] is removed after ninety days; what is open stays however old it is', async () => {
    const [old, young] = [ago(KEEP_DAYS + 1), ago(KEEP_DAYS - 1)];
    const window = (id: string, state: string, doneAt: Date | null, requestId: string | null = null) =>
      db.query(
        `INSERT INTO change_window (company_id, id, shop_id, kind, from_at, to_at, after_at, request_id, state, done_at) VALUES ('c', $1, 's', 'orders', $2, $3, $2, $4, $5, $6)`,
        [id, ago(KEEP_DAYS + 3), ago(KEEP_DAYS + 2), requestId, state, doneAt],
      );
    const request = (id: string, at: Date) =>
      db.query(
        `INSERT INTO pull_request (company_id, id, shop_id, kind, is_dry_run, state, created_at) VALUES ('c', $1, 's', 'orders', false, 'running', $2)`,
        [id, at],
      );
    const census = (id: string, state: string, next: Date | null, days: number) =>
      db.query(
        `INSERT INTO census_window (company_id, id, shop_id, kind, from_at, to_at, state, next_check_at) VALUES ('c', $1, 's', 'orders', $2, $3, $4, $5)`,
        [id, ago(days + 1), ago(days), state, next],
      );
    const gap = (no: string, windowId: string, storedAt: Date | null) =>
      db.query(
        `INSERT INTO census_gap (company_id, shop_id, kind, platform_order_no, window_id, cause, found_at, found_wire_at, stored_at) VALUES ('c', 's', 'orders', $1, $2, 'missing', $3, $3, $4)`,
        [no, windowId, old, storedAt],
      );
    await window('done-old', 'done', old);
    await window('done-young', 'done', young);
    await window('due-old', 'due', null);
    await window('of-request', 'done', young, 'req-kept');
    await request('req-kept', old);
    await request('req-old', old);
    await request('req-young', young);
    await request('req-working', old);
    await db.query(
      `INSERT INTO work (company_id, kind, subject, shop_id, platform, lane, due_at, created_at) VALUES ('c', 'request', 'req-working', 's', 'fake', 'news', $1, $1)`,
      [old],
    );
    await census('proven-old', 'proven', null, KEEP_DAYS + 1);
    await census('proven-young', 'proven', null, KEEP_DAYS - 1);
    await census('open-old', 'open', old, KEEP_DAYS + 5);
    await gap('closed', 'proven-old', old);
    await gap('still-open', 'open-old', null);

    await sync.app.get(RetentionKeeper, { strict: false }).remove();

    expect(await ids('change_window')).toEqual(['done-young', 'due-old', 'of-request']);
    expect(await ids('pull_request')).toEqual(['req-kept', 'req-working', 'req-young']);
    expect(await ids('census_window')).toEqual(['open-old', 'proven-young']);
    expect(await ids('census_gap', 'platform_order_no')).toEqual(['still-open']);
  });
});
