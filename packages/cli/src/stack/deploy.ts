import { EssaimError, invalid, isKind, messageOf } from '@essaim/base'
import type { ConfigSpec, SecretSpec } from '@essaim/api-types'
import { isUserDefined, type ServicePlan, type StackPlan } from '@essaim/compose'
import type { ServiceAnswer } from '@essaim/client'
import { imageLabel } from '@essaim/compose'
import { authForImage } from '../auth/registry.js'
import type { Context } from '../core/context.js'
import { familiarImage, pinImage } from './image.js'
import { ofStack } from './objects.js'
import { withIds } from './references.js'

export interface DeployChoice {
  prune: boolean
  withRegistryAuth: boolean
  /** Whether the image that an earlier deployment pinned by digest is kept while the file's does not change. */
  resolveImage: 'always' | 'changed' | 'never'
}

/** Makes the cluster hold what the plan says; answers the services' ids. */
export async function deployStack(context: Context, plan: StackPlan, choice: DeployChoice): Promise<string[]> {
  const { client } = context
  const info = await client.system.info()
  if (!info.Swarm?.ControlAvailable) {
    throw invalid('cli.no-manager', 'this node is not a swarm manager', {
      hint: 'make it one with: essaim swarm init, or connect it with: essaim swarm join',
    })
  }
  if (choice.prune) await pruneServices(context, plan)
  await checkExternalNetworks(context, plan)
  await createNetworks(context, plan)
  for (const spec of plan.secrets) await putFile(context, 'secret', spec)
  for (const spec of plan.configs) await putFile(context, 'config', spec)

  const existing = await client.services.list({ filters: ofStack(plan.name) })
  const byName = new Map(existing.map((service) => [service.Spec.Name, service]))
  const ids: string[] = []
  for (const service of plan.services) {
    ids.push(await putService(context, service, byName.get(service.spec.Name), choice))
  }
  return ids
}

async function pruneServices({ client, print }: Context, plan: StackPlan): Promise<void> {
  const kept = new Set(plan.services.map((service) => service.spec.Name))
  for (const service of await client.services.list({ filters: ofStack(plan.name) })) {
    if (kept.has(service.Spec.Name)) continue
    print(`Removing service ${service.Spec.Name}`)
    await client.services.remove(service.ID)
  }
}

async function checkExternalNetworks({ client }: Context, plan: StackPlan): Promise<void> {
  for (const { name, at, path } of plan.networks.external) {
    if (!isUserDefined(name)) continue
    const where = `${at.file}:${at.line}:${at.column}: ${path}`
    const network = await client.networks.inspect(name).catch((error: unknown) => {
      if (!isKind(error, 'not-found')) throw error
      throw invalid(
        'stack.external-network',
        `${where}: network "${name}" is declared as external, but could not be found`,
        {
          hint: `create it first with: essaim network create --driver overlay ${name}`,
          cause: error,
        },
      )
    })
    if (network.Scope !== 'swarm') {
      const scope = `it is not in the right scope: "${network.Scope}" instead of "swarm"`
      throw invalid('stack.external-network', `${where}: network "${name}" is declared as external, but ${scope}`)
    }
  }
}

async function createNetworks({ client, print }: Context, plan: StackPlan): Promise<void> {
  const existing = new Set((await client.networks.list(ofStack(plan.name))).map((network) => network.Name))
  for (const request of plan.networks.own) {
    if (existing.has(request.Name)) continue
    print(`Creating network ${request.Name}`)
    await doing(`failed to create network ${request.Name}`, client.networks.create(request))
  }
}

/** What is there already is updated: only its labels may change, other data is refused by the engine. */
async function putFile(
  { client, print }: Context,
  kind: 'secret' | 'config',
  spec: (SecretSpec | ConfigSpec) & { Name: string },
): Promise<void> {
  const noun = kind === 'secret' ? client.secrets : client.configs
  const found = await noun.inspect(spec.Name).catch((error: unknown) => {
    if (isKind(error, 'not-found')) return undefined
    throw error
  })
  if (found) {
    await doing(`failed to update ${kind} ${spec.Name}`, noun.update(found.ID, found.Version.Index, spec))
    return
  }
  print(`Creating ${kind} ${spec.Name}`)
  await doing(`failed to create ${kind} ${spec.Name}`, noun.create(spec))
}

async function putService(
  context: Context,
  plan: ServicePlan,
  existing: ServiceAnswer | undefined,
  choice: DeployChoice,
): Promise<string> {
  const { client, print, warn } = context
  const spec = await withIds(client, plan.spec)
  const auth = choice.withRegistryAuth ? authForImage(plan.image, context.env) : undefined
  const unchanged = existing?.Spec.Labels?.[imageLabel] === plan.image
  const kept =
    choice.resolveImage !== 'always' && unchanged ? existing?.Spec.TaskTemplate.ContainerSpec?.Image : undefined
  const resolve = choice.resolveImage !== 'never' && kept === undefined
  const image = kept ?? familiarImage(plan.image)
  const named = { ...spec.TaskTemplate, ContainerSpec: { ...spec.TaskTemplate.ContainerSpec, Image: image } }
  const { spec: template, unknown } = resolve ? await pinImage(client, named, auth) : { spec: named, unknown: false }
  if (unknown) warn(`image ${image} is not on this node, and no registry was found that has it`)
  if (!existing) {
    print(`Creating service ${spec.Name}`)
    const request = client.services.create({ ...spec, TaskTemplate: template }, auth)
    const created = await doing(`failed to create service ${spec.Name}`, request)
    for (const warning of created.Warnings ?? []) warn(warning)
    return created.ID ?? ''
  }
  print(`Updating service ${spec.Name} (id: ${existing.ID})`)
  // Tasks are not replaced for a count that only `service update --force` raises.
  const ForceUpdate = existing.Spec.TaskTemplate.ForceUpdate ?? 0
  const changed = { ...spec, TaskTemplate: { ...template, ForceUpdate } }
  const request = client.services.update(existing.ID, { version: existing.Version.Index }, changed, auth)
  const updated = await doing(`failed to update service ${spec.Name}`, request)
  for (const warning of updated.Warnings ?? []) warn(warning)
  return existing.ID
}

/** The work, its failure told with what failed. */
async function doing<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof EssaimError)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    throw new EssaimError(error.kind, 'stack.failed', `${what}: ${messageOf(error)}`, { ...hint, cause: error })
  }
}
