export * from './canonical-after-sale';
export * from './canonical-listing';
export * from './canonical-order';
export * from './canonical-parts';
export * from './canonical.examples';
export * from './receiver-mark';
