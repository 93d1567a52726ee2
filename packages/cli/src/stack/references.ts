import { notFound } from '@essaim/base'
import type { Client } from '@essaim/client'
import type { ServicePlan } from '@essaim/compose'

type Spec = ServicePlan['spec']

/** The spec with the ids of the secrets and configs that it names; each must be there by now. */
export async function withIds(client: Client, spec: Spec): Promise<Spec> {
  const container = spec.TaskTemplate.ContainerSpec
  const { Secrets: secrets = [], Configs: configs = [] } = container ?? {}
  if (!container || secrets.length + configs.length === 0) return spec
  const [secretIds, configIds] = await Promise.all([
    idsByName(
      'secret',
      secrets.map((use) => use.SecretName ?? ''),
      (names) => client.secrets.list({ name: names }),
    ),
    idsByName(
      'config',
      configs.map((use) => use.ConfigName ?? ''),
      (names) => client.configs.list({ name: names }),
    ),
  ])
  const runtime = configs.find((use) => use.Runtime)
  const credential = container.Privileges?.CredentialSpec
  return {
    ...spec,
    TaskTemplate: {
      ...spec.TaskTemplate,
      ContainerSpec: {
        ...container,
        Secrets: secrets.map((use) => ({ ...use, SecretID: secretIds.get(use.SecretName ?? '') ?? '' })),
        Configs: configs.map((use) => ({ ...use, ConfigID: configIds.get(use.ConfigName ?? '') ?? '' })),
        ...(credential?.Config !== undefined && {
          Privileges: { CredentialSpec: { Config: configIds.get(runtime?.ConfigName ?? '') ?? '' } },
        }),
      },
    },
  }
}

type Named = { ID: string; Spec: { Name: string } }

async function idsByName(
  kind: string,
  names: string[],
  list: (names: string[]) => Promise<Named[]>,
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const ids = new Map((await list(names)).map((found) => [found.Spec.Name, found.ID]))
  const missing = names.find((name) => !ids.has(name))
  if (missing !== undefined) {
    const hint = `create it first with: essaim ${kind} create ${missing} FILE`
    throw notFound(`stack.no-${kind}`, `${kind} not found: ${missing}`, { hint })
  }
  return ids
}
