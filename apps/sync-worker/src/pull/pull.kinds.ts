/** Kinds that are pulled by change windows. */
export const WINDOW_KINDS = ['orders', 'after-sales'] as const;
/** One of WINDOW_KINDS. */
export type WindowKind = (typeof WINDOW_KINDS)[number];
/** Kinds that are pulled by a schedule. */
export type PullKind = WindowKind | 'listings' | 'census' | 'bills';

/** Narrows a kind to one that is pulled by windows. */
export function isWindowKind(kind: string): kind is WindowKind {
  return (WINDOW_KINDS as readonly string[]).includes(kind);
}
