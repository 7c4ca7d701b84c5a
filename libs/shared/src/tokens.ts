/** Injection tokens of what libs/shared provides to every service. */
export const SERVICE_OPTIONS = Symbol('SERVICE_OPTIONS');
export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');
export const STORY_CLOCK = Symbol('STORY_CLOCK');
export const WIRE_CLOCK = Symbol('WIRE_CLOCK');
export const REDIS = Symbol('REDIS');
