import { Type } from '@sinclair/typebox';

const SAFE = Number.MAX_SAFE_INTEGER;

/** Amount in fen. A platform's number is accepted as stated, so it may be negative; fractions and unsafe integers are refused. */
export const FenSchema = (description: string) =>
  Type.Integer({ minimum: -SAFE, maximum: SAFE, description: `${description} (fen)` });

/** ISO 8601 instant with an offset. */
export const InstantSchema = (description: string) => Type.String({ format: 'date-time', description });

/** Platform id: always text, because ids of 19 digits do not survive a JavaScript number. */
export const PlatformIdSchema = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

/** Free text of a person or a platform; NUL and lone surrogates are already cleaned by the adapter. */
export const FreeTextSchema = (description: string, maxLength = 8_000) => Type.String({ maxLength, description });

/** A count as the platform states it; plausibility (zero, negative, absurd) is judged by the owner of the order. */
export const CountSchema = (description: string) => Type.Integer({ minimum: -SAFE, maximum: SAFE, description });

/** Why the platform itself forbids an act on the order or line. */
export const PlatformForbidSchema = Type.Object(
  {
    code: Type.String({
      minLength: 1,
      maxLength: 128,
      description: "The platform's own flag or status that forbids, e.g. `top_hold`",
    }),
    text: Type.String({ maxLength: 500, description: 'What a person should read' }),
  },
  { additionalProperties: false, title: 'PlatformForbid' },
);
