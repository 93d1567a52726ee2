import type { SwaggerSchema } from './schema.js'

export interface Document {
  definitions: Record<string, SwaggerSchema>
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, { schema?: SwaggerSchema }> }>>
}

const idAnswer: SwaggerSchema = { type: 'object', required: ['ID'], properties: { ID: { type: 'string' } } }

/** Where Docker Engine answers other than its specification says, and clients rely on the engine. */
export function correct({ definitions, paths }: Document): void {
  nullable(definitions['Resources'], 'MemorySwappiness')
  nullable(definitions['ExecInspectResponse'], 'ExitCode')
  nullable(paths['/exec/{id}/json']?.['get']?.responses['200']?.schema, 'ExitCode')
  // The specification has `Id`.
  for (const path of ['/secrets/create', '/configs/create']) {
    const answer = paths[path]?.['post']?.responses['201']
    if (answer) answer.schema = idAnswer
  }
  const service = definitions['Service']
  if (service?.properties) service.properties['PreviousSpec'] = { $ref: '#/definitions/ServiceSpec' }
  // It went with 1.45, and docker-compose 1.29, which asks in the newest version, fails without it.
  const image = definitions['ImageInspect']
  if (image?.properties) image.properties['ContainerConfig'] = { type: 'object' }
  // Within a task a network has swarmkit's form, which the specification does not know.
  const attachment = definitions['NetworkAttachment'] ?? definitions['NetworkAttachmentConfig']
  if (attachment?.properties?.['Network']) attachment.properties['Network'] = { type: 'object' }
}

function nullable(schema: SwaggerSchema | undefined, field: string): void {
  const property = schema?.properties?.[field]
  if (property) property['x-nullable'] = true
}
