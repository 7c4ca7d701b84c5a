import type { OpenAPIObject } from '@nestjs/swagger';
import { httpStatusOf } from '../errors/http-status';

type Tree = Record<string, unknown>;

interface Operation {
  description?: string;
  security?: unknown[];
  requestBody?: unknown;
  responses?: Record<string, unknown>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
/** NOUN.REASON, or one of the few codes of a single word. */
const CODES = /\b(?:[A-Z][A-Z_]*\.[A-Z][A-Z_]*|VALIDATION|RATE_LIMITED|NOT_FOUND)(?![\w.])/g;
const PROBLEM_REF = '#/components/schemas/Problem';

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'An error as RFC 9457 has it; further members name what the conflict is with.',
  required: ['type', 'title', 'status', 'code', 'detail', 'traceId'],
  properties: {
    type: { type: 'string', example: 'https://huidian.dev/errors/RESERVATION.SHORT' },
    title: { type: 'string', example: 'Not enough stock' },
    status: { type: 'integer', example: 409 },
    code: { type: 'string', example: 'RESERVATION.SHORT', description: 'Stable; decide by it' },
    detail: { type: 'string', example: 'SKU TEE-RED-M in HZ1: asked 3, free 1 (on hand − reserved)' },
    traceId: { type: 'string', example: '8d0eb10f93444213832c04ea8ac5a69b' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'code', 'message'],
        properties: {
          field: { type: 'string', example: 'lines[0].quantity' },
          code: { type: 'string', example: 'SHORT' },
          message: { type: 'string', example: 'asked 3, free 1' },
        },
      },
    },
  },
};

/** The error codes of an operation: those that its description names, and those that every such call may have. */
export function errorCodesOf({ description, security, requestBody }: Operation): string[] {
  const named = description?.match(CODES) ?? [];
  const isOpen = !security || security.length === 0;
  const common = isOpen ? [] : ['AUTH.MISSING_TOKEN', 'AUTH.INVALID_TOKEN', 'AUTH.SCOPE'];
  return [...new Set([...named, ...(requestBody ? ['VALIDATION'] : []), ...common])].sort();
}

function addProblems(operation: Operation): void {
  operation.security ??= [];
  const byStatus = new Map<string, string[]>();
  for (const code of errorCodesOf(operation)) {
    const status = String(httpStatusOf(code));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  // The limit of calls stands before every route.
  byStatus.set('429', ['RATE_LIMITED']);
  operation.responses ??= {};
  for (const [status, codes] of byStatus) {
    operation.responses[status] ??= {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: { $ref: PROBLEM_REF } } },
    };
  }
}

/** Adds to a document what follows from the descriptions of its operations: a problem answer per status, with its codes. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method] as Operation | undefined;
      if (operation) addProblems(operation);
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA as never },
  };
  return document;
}

/** A JSON schema in the words of OpenAPI 3.0, which has neither `const` nor `examples`: alternatives of constants become an enum. */
export function openApiSchema(schema: unknown): Record<string, never> {
  return inWordsOf30(JSON.parse(JSON.stringify(schema))) as Record<string, never>;
}

function inWordsOf30(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWordsOf30);
  if (!value || typeof value !== 'object') return value;
  const { anyOf, const: only, patternProperties, examples, ...rest } = value as Tree;
  const converted = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, inWordsOf30(member)]));
  if (Array.isArray(examples)) converted.example = examples[0];
  if (only !== undefined) return { ...converted, enum: [only] };
  if (patternProperties) {
    const [member] = Object.values(patternProperties as Tree);
    return { ...converted, additionalProperties: inWordsOf30(member) };
  }
  if (!Array.isArray(anyOf)) return converted;
  const constants = anyOf.map((one: Tree) => one.const);
  if (constants.every((constant) => typeof constant === 'string'))
    return { ...converted, type: 'string', enum: constants };
  return { ...converted, anyOf: anyOf.map(inWordsOf30) };
}
