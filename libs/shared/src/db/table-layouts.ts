import type { DataSource } from 'typeorm';

/** A table's columns in their order, and the type of one of its rows. */
export interface Layout {
  rowTypeId: number;
  columns: { member: string; typeId: number; type: string }[];
}

const layouts = new WeakMap<DataSource, Map<string, Layout>>();

/** How the tables of a database look, as far as somebody has asked. */
export function layoutsOf(dataSource: DataSource): Map<string, Layout> {
  let known = layouts.get(dataSource);
  if (!known) {
    known = new Map();
    layouts.set(dataSource, known);
  }
  return known;
}

/** Forgets how tables look, since a migration has changed one of them. */
export function forgetLayouts(dataSource: DataSource): void {
  layouts.delete(dataSource);
}
