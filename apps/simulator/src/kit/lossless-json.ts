/** A number that JavaScript cannot hold; written into an answer as bare digits. */
export class BigNumberText {
  constructor(readonly digits: string) {}
}

/** JSON.parse that turns bare integers of 16 digits and more into texts instead of rounding them. */
export function parseKeepingIds(text: string): unknown {
  const safe = text.replace(
    /("(?:[^"\\]|\\.)*")|(-?\d{16,})(?=\s*[,\]}])/g,
    (all, quoted: string | undefined, digits: string | undefined) =>
      quoted !== undefined ? quoted : digits !== undefined ? `"${digits}"` : all,
  );
  return JSON.parse(safe);
}

/** Writes JSON text with bare digits for BigNumberText; absent fields are left out, null is written. */
export function printJson(value: unknown): string {
  if (value instanceof BigNumberText) return value.digits;
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts: string[] = [];
    for (const [key, field] of Object.entries(value)) {
      if (field !== undefined) parts.push(`${JSON.stringify(key)}:${printJson(field)}`);
    }
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
