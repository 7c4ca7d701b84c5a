import { InvariantError } from '../errors/app-error';
import { BinaryWriter } from './binary-writer';
import { layoutsOf, type Layout } from './table-layouts';
import { camel, rows, type Tx } from './transaction';

/** Room that the buffer has for each row at first. */
const BYTES_PER_ROW = 1_024;

async function readLayout(tx: Tx, table: string): Promise<Layout> {
  const found = await rows<{ rowTypeId: number; name: string; typeId: number; type: string }>(
    tx,
    `SELECT c.reltype::int AS row_type_id, a.attname AS name, a.atttypid::int AS type_id, t.typname AS type
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
      WHERE c.oid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table],
  );
  const columns = found.map(({ name, typeId, type }) => ({ member: camel(name), typeId, type }));
  return { rowTypeId: found[0]!.rowTypeId, columns };
}

async function layoutOf(tx: Tx, table: string): Promise<Layout> {
  const known = layoutsOf(tx.dataSource);
  const layout = known.get(table) ?? (await readLayout(tx, table));
  known.set(table, layout);
  return layout;
}

/**
 * Records as one parameter, to be read by `unnest($1::table[])`: PostgreSQL's binary form of an array of rows, which costs
 * both sides about half of JSON. A member is named like its column in camelCase; an absent one is NULL, and json columns take
 * any value. The layout of the table is read once; when a migration has changed it meanwhile, the server refuses with
 * SQLSTATE 42804 and inTransaction runs the work again with the new one.
 */
export async function tableRows(tx: Tx, table: string, records: readonly object[]): Promise<Buffer> {
  const layout = await layoutOf(tx, table);
  const writer = new BinaryWriter(records.length * BYTES_PER_ROW);
  writer.arrayHead(layout.rowTypeId, records.length);
  for (const record of records) {
    const row = writer.open();
    writer.int32(layout.columns.length);
    for (const { member, typeId, type } of layout.columns) {
      writer.int32(typeId);
      writeValue(writer, type, (record as Record<string, unknown>)[member]);
    }
    writer.close(row);
  }
  return writer.bytes();
}

function writeValue(writer: BinaryWriter, type: string, value: unknown): void {
  if (value === null || value === undefined) return writer.int32(-1);
  switch (type) {
    case 'text':
      return writer.text(value as string);
    case 'bool':
      return writer.bool(value as boolean);
    case 'int4':
      writer.int32(4);
      return writer.int32(value as number);
    case 'int8':
      writer.int32(8);
      return writer.int64(value as number);
    case 'timestamptz':
      writer.int32(8);
      return writer.instant(value as Date);
    case 'json':
      return writer.text(JSON.stringify(value));
    case '_text':
      return writer.textArray(value as string[]);
    default:
      throw new InvariantError(`A column of type ${type} cannot be written as a binary row yet.`);
  }
}
