import type { OpenAPIObject } from '@nestjs/swagger';
import { mergeDocs } from './docs.rules';

function docs(path: string, schema: string, text: string): OpenAPIObject {
  return {
    openapi: '3.0.0',
    info: { title: 't', version: '1' },
    paths: {
      [path]: {
        get: {
          operationId: 'Things_list',
          tags: ['things'],
          parameters: [],
          responses: {
            200: {
              description: '',
              content: {
                'application/json': { schema: { type: 'array', items: { $ref: `#/components/schemas/${schema}` } } },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: { [schema]: { type: 'object', description: text } },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  } as unknown as OpenAPIObject;
}

describe('merging the documentation of services', () => {
  it('keeps schemas of one name apart and lets each call name its own', () => {
    const merged = mergeDocs(docs('/auth/x', 'Page', 'of gateway'), [
      { service: 'orders', document: docs('/orders/v1/x', 'Page', 'of orders') },
      { service: 'catalog', document: docs('/catalog/v1/x', 'Page', 'of catalog') },
    ]) as any;
    expect(Object.keys(merged.paths)).toEqual(['/auth/x', '/orders/v1/x', '/catalog/v1/x']);
    expect(merged.components.schemas).toEqual({
      gateway_Page: { type: 'object', description: 'of gateway' },
      orders_Page: { type: 'object', description: 'of orders' },
      catalog_Page: { type: 'object', description: 'of catalog' },
    });
    expect(merged.paths['/orders/v1/x'].get.responses[200].content['application/json'].schema.items.$ref).toBe(
      '#/components/schemas/orders_Page',
    );
    expect(merged.paths['/orders/v1/x'].get).toMatchObject({
      operationId: 'orders_Things_list',
      tags: ['orders: things'],
    });
    expect(merged.components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } });
    expect(merged.tags.map(({ name }: { name: string }) => name)).toEqual([
      'catalog: things',
      'gateway: things',
      'orders: things',
    ]);
  });

  it('notes the services that did not answer', () => {
    const merged = mergeDocs(docs('/auth/x', 'Page', ''), [{ service: 'sync', document: undefined }]) as any;
    expect(merged['x-missing-services']).toEqual(['sync']);
    expect(merged.info.description).toContain('Missing at present, since they do not answer: sync.');
  });
});
