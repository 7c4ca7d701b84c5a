import type { Caller } from '@app/shared';

/** The warehouses that a list may show: the asked one, if the caller may see it, else all that it may see (null = all). */
export function visibleWarehouses(caller: Caller, asked: string | undefined): readonly string[] | null {
  if (!asked) return caller.warehouses;
  return caller.warehouses && !caller.warehouses.includes(asked) ? [] : [asked];
}

/** True when the caller may see things of this warehouse and shop; for others they do not exist. */
export function isVisible(caller: Caller, thing: { warehouse: string; shopId: string }): boolean {
  return (caller.warehouses?.includes(thing.warehouse) ?? true) && (caller.shops?.includes(thing.shopId) ?? true);
}
