import type { ApiAnswer, ApiClient } from '../harness/api-client';
import { SERVICE_APPS, type ServiceKey } from '../harness/topology';
import type { Kit } from './kit';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  example?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  minimum?: number;
}

interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema?: Schema;
}

interface Documented {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

/** An operation as a service documents it. */
export interface Operation {
  service: ServiceKey;
  method: string;
  path: string;
  query: Parameter[];
  pathNames: string[];
  /** An example of its JSON body; undefined when it takes none. */
  body: unknown;
}

const VERBS = ['get', 'post', 'put', 'patch', 'delete'];

/** An example of a schema: what it says itself, else something of its type. */
function exampleOf(schema: Schema | undefined, schemas: Record<string, Schema>, depth = 0): unknown {
  if (!schema || depth > 8) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref) return exampleOf(schemas[schema.$ref.split('/').at(-1)!], schemas, depth + 1);
  if (schema.allOf) return exampleOf(schema.allOf[0], schemas, depth + 1);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.properties)
    return Object.fromEntries(
      Object.entries(schema.properties)
        .filter(([name]) => schema.required?.includes(name) ?? true)
        .map(([name, member]) => [name, exampleOf(member, schemas, depth + 1)]),
    );
  if (schema.type === 'array') return schema.items ? [exampleOf(schema.items, schemas, depth + 1)] : [];
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'object') return {};
  return 'text';
}

/** Every operation that any service documents on its own port. */
export async function operationsOf(kit: Kit): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (const [service, { url }] of Object.entries(SERVICE_APPS)) {
    const document = (await (await fetch(`${kit.topology.env[url]}/docs-json`)).json()) as {
      paths: Record<string, Record<string, Documented>>;
      components?: { schemas?: Record<string, Schema> };
    };
    for (const [path, item] of Object.entries(document.paths)) {
      // The gateway's document is that of all services; each is asked for its own.
      if (service === 'gateway' && /^\/(catalog|orders|inventory|logistics|settlement|sync|webhooks)\//.test(path))
        continue;
      for (const verb of VERBS.filter((name) => item[name])) {
        const { parameters = [], requestBody } = item[verb]!;
        const json = requestBody?.content['application/json'];
        operations.push({
          service: service as ServiceKey,
          method: verb.toUpperCase(),
          path,
          query: parameters.filter((parameter) => parameter.in === 'query'),
          pathNames: parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
          body: json ? exampleOf(json.schema, document.components?.schemas ?? {}) : undefined,
        });
      }
    }
  }
  return operations;
}

/** The path with a value for each of its parameters. */
export function filled(path: string, valueOf: (name: string) => string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(valueOf(name)));
}

/** A call whose answer may be anything but a broken connection; open calls of services included. */
export function ask(by: ApiClient, method: string, path: string, body?: unknown): Promise<ApiAnswer<unknown>> {
  return by.call<unknown>(method, path, body);
}
