export * from './port';
export { registryEnvironment, resolvePlatformConfig, type RegistryEnvironment } from './registry/platform.config';
export { PlatformRegistry, stockMeansOf, type Platform } from './registry/platform.registry';
