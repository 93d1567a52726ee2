import type { Network } from '@essaim/api-types'
import type { Config, Secret } from '@essaim/api-types'
import type { Client, ServiceAnswer } from '@essaim/client'
import { stackLabel } from '@essaim/compose'

/** All that bears a stack's label. */
export interface StackObjects {
  services: ServiceAnswer[]
  networks: Network[]
  secrets: Secret[]
  configs: Config[]
}

export const ofStack = (stack: string): { label: string[] } => ({ label: [`${stackLabel}=${stack}`] })

export async function stackObjects(client: Client, stack: string): Promise<StackObjects> {
  const filters = ofStack(stack)
  const [services, networks, secrets, configs] = await Promise.all([
    client.services.list({ filters }),
    client.networks.list(filters),
    client.secrets.list(filters),
    client.configs.list(filters),
  ])
  return { services, networks, secrets, configs }
}
