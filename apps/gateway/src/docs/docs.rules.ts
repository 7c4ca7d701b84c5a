import type { OpenAPIObject } from '@nestjs/swagger';

/** What is known of a service's documentation; undefined when the service did not answer. */
export interface ServiceDocs {
  service: string;
  document: OpenAPIObject | undefined;
}

type Tree = { [member: string]: unknown };

const COMPONENT_REF = /^#\/components\/(\w+)\/(.+)$/;
const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options']);

/** Two services may have schemas of one name, so each name is led by its service. */
function withOwnNames(value: unknown, service: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withOwnNames(item, service));
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value as Tree).map(([name, member]) => {
      const ref = name === '$ref' && typeof member === 'string' ? COMPONENT_REF.exec(member) : null;
      if (ref) return [name, ref[1] === 'securitySchemes' ? member : `#/components/${ref[1]}/${service}_${ref[2]}`];
      return [name, withOwnNames(member, service)];
    }),
  );
}

function pathsOf(document: OpenAPIObject, service: string): Tree {
  return Object.fromEntries(
    Object.entries(withOwnNames(document.paths, service) as Record<string, Tree>).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => {
          if (!METHODS.has(method)) return [method, operation];
          const { operationId, tags, ...rest } = operation as { operationId?: string; tags?: string[] };
          const names = tags?.length ? tags : ['other'];
          return [
            method,
            {
              ...rest,
              operationId: `${service}_${operationId ?? path}`,
              tags: names.map((tag) => `${service}: ${tag}`),
            },
          ];
        }),
      ),
    ]),
  );
}

/** One OpenAPI document of the gateway and all services; the description names services that did not answer. */
export function mergeDocs(own: OpenAPIObject, services: readonly ServiceDocs[]): OpenAPIObject {
  const parts = [{ service: 'gateway', document: own }, ...services].filter(
    (part): part is { service: string; document: OpenAPIObject } => part.document !== undefined,
  );
  const missing = services.filter(({ document }) => !document).map(({ service }) => service);
  const paths = Object.assign({}, ...parts.map(({ service, document }) => pathsOf(document, service))) as Tree;
  const components: Record<string, Tree> = {};
  for (const { service, document } of parts) {
    for (const [kind, members] of Object.entries((document.components ?? {}) as Record<string, Tree>)) {
      const into = (components[kind] ??= {});
      for (const [name, member] of Object.entries(members))
        into[kind === 'securitySchemes' ? name : `${service}_${name}`] = withOwnNames(member, service);
    }
  }
  const note = missing.length > 0 ? ` Missing at present, since they do not answer: ${missing.join(', ')}.` : '';
  const used = Object.values(paths).flatMap((item) =>
    Object.values(item as Tree).flatMap((operation) => (operation as { tags?: string[] }).tags ?? []),
  );
  return {
    ...own,
    info: { ...own.info, title: 'Huidian', description: `Every call of every service, by way of the gateway.${note}` },
    paths,
    components,
    tags: [...new Set(used)].sort().map((name) => ({ name })),
    'x-missing-services': missing,
  } as unknown as OpenAPIObject;
}
