export * from './conformance.kit';
export * from './platform.call';
export * from './platform.error';
export * from './platform.manifest';
export * from './platform.port';
export * from './push.port';
export * from './shipment.port';
export * from './token.port';
