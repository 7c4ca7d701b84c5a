import { AppError } from '../errors/app-error';

declare const fenBrand: unique symbol;
/** An amount in fen (1/100 yuan): a safe integer, never a fraction. */
export type Fen = number & { readonly [fenBrand]: true };

/** Declares a number to be fen; throws MONEY.NOT_FEN for anything but a safe integer. */
export function fen(value: number): Fen {
  if (!Number.isSafeInteger(value)) {
    throw new AppError('MONEY.NOT_FEN', `${value} is not a whole number of fen.`);
  }
  return (Object.is(value, -0) ? 0 : value) as Fen;
}

/** Adds amounts; throws when the sum leaves the safe range. */
export function sumFen(values: Iterable<number>): Fen {
  let total = 0;
  for (const value of values) total = fen(total + value);
  return fen(total);
}

/**
 * Reads a yuan text such as `254.80`, `-12.7` or `6` exactly, without floating point.
 * Throws MONEY.NOT_YUAN for anything else, fractions of a fen included (trailing zeros are allowed).
 */
export function yuanToFen(text: string): Fen {
  const match = /^([+-]?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(text.trim());
  if (!match) throw new AppError('MONEY.NOT_YUAN', `"${text}" is not an amount in yuan with at most two decimals.`);
  const value = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  return fen(match[1] === '-' ? -value : value);
}

/** Writes fen as yuan with two decimals, `-0.05` for -5. */
export function fenToYuan(value: number): string {
  const digits = String(Math.abs(fen(value))).padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * Spreads an amount over weights by largest remainder: the parts add up to the total exactly,
 * ties go to the earlier part. With all weights zero the amount is spread evenly. Weights must not be negative.
 */
export function allocate(total: number, weights: readonly number[]): Fen[] {
  if (weights.length === 0)
    throw new AppError('MONEY.NOTHING_TO_ALLOCATE', 'An amount cannot be spread over no parts.');
  if (weights.some((weight) => weight < 0))
    throw new AppError('MONEY.NEGATIVE_WEIGHT', 'Weights must not be negative.');
  const even = weights.every((weight) => weight === 0);
  const parts = (even ? weights.map(() => 1) : weights).map(BigInt);
  const weightSum = parts.reduce((sum, weight) => sum + weight, 0n);
  const magnitude = BigInt(Math.abs(fen(total)));
  const shares = parts.map((weight) => (magnitude * weight) / weightSum);
  const remainders = parts.map((weight, index) => ({ index, rest: (magnitude * weight) % weightSum }));
  let missing = magnitude - shares.reduce((sum, share) => sum + share, 0n);
  remainders.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const { index } of remainders) {
    if (missing === 0n) break;
    shares[index] = shares[index]! + 1n;
    missing -= 1n;
  }
  return shares.map((share) => fen(total < 0 ? -Number(share) : Number(share)));
}
