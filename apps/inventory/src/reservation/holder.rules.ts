/** Who holds stock: an order, or a reservation of another program. */
export interface Holder {
  type: 'order' | 'reservation';
  id: string;
}

/** What is left of a reserve row. */
export interface OpenHold {
  reserveId: string;
  lineId: string;
  skuId: string;
  warehouse: string;
  open: number;
}
