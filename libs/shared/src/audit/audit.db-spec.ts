import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { inTransaction } from '../db/transaction';
import { cloneDatabase, type TestDatabase } from '../testing/database';
import { ManualStoryClock } from '../time/story-clock';
import { Audit, AuditSealer } from './audit';

const COMPANY = 'cmp_audit';

describe('the audit trail', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let owner: Client;
  const audit = new Audit(new ManualStoryClock(new Date('2026-11-11T00:00:00Z')));
  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await database.open('orders');
    owner = new Client({ connectionString: database.adminUrl });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  const record = (companyId: string, subject: string) =>
    inTransaction(dataSource, (tx) => audit.record(tx, companyId, { actor: 'erp', act: 'test', subject }));
  const check = (companyId: string) => inTransaction(dataSource, (tx) => audit.check(tx, companyId));

  it('is sealed entry by entry into one chain per company, over several batches', async () => {
    for (const subject of ['a', 'b', 'c']) await record(COMPANY, subject);
    await record('cmp_other', 'x');
    expect(await check(COMPANY)).toEqual({ checked: 0, unsealed: 3, broken: [] });
    const sealer = new AuditSealer(dataSource);
    expect([await sealer.sealOnce(), await sealer.sealOnce()]).toEqual([4, 0]);
    await record(COMPANY, 'd');
    await sealer.sealOnce();
    expect(await check(COMPANY)).toEqual({ checked: 4, unsealed: 0, broken: [] });
    expect(await check('cmp_other')).toMatchObject({ checked: 1, broken: [] });
  });

  it('shows an entry that was changed, and a seal that was rewritten breaks the one behind it', async () => {
    const { rows } = await owner.query<{ entry_id: string }>(
      'SELECT entry_id FROM orders.audit_seal WHERE company_id = $1 ORDER BY seal_no',
      [COMPANY],
    );
    await owner.query('ALTER TABLE orders.audit_entry DISABLE TRIGGER ALL');
    await owner.query('ALTER TABLE orders.audit_seal DISABLE TRIGGER ALL');
    await owner.query(`UPDATE orders.audit_entry SET subject = subject || '!' WHERE id = $1`, [rows[2]!.entry_id]);
    expect((await check(COMPANY)).broken).toEqual([`audit seal 3 (entry ${rows[2]!.entry_id}) does not hold`]);
    await owner.query(`UPDATE orders.audit_entry SET subject = left(subject, 1) WHERE id = $1`, [rows[2]!.entry_id]);
    await owner.query(`UPDATE orders.audit_seal SET hash = 'forged' WHERE company_id = $1 AND seal_no = 1`, [COMPANY]);
    expect((await check(COMPANY)).broken).toEqual([
      `audit seal 1 (entry ${rows[0]!.entry_id}) does not hold`,
      `audit seal 2 (entry ${rows[1]!.entry_id}) does not hold`,
    ]);
  });
});
