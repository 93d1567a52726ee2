import type { ConfigSpec, SecretSpec } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { type ComposeInput, load } from '../load.js'
import { planFiles } from './files.js'
import { Namespace } from './namespace.js'
import { type NetworkPlans, planNetworks } from './networks.js'
import { planService, type ServicePlan } from './service.js'

/** Everything that a stack is to have, as the Engine API's requests. */
export interface StackPlan {
  name: string
  networks: NetworkPlans
  secrets: (SecretSpec & { Name: string })[]
  configs: (ConfigSpec & { Name: string })[]
  services: ServicePlan[]
  /** Texts for the user. */
  warnings: string[]
}

/** `name` wins over the files' own `name:`. */
export function planStack(input: ComposeInput, name?: string): StackPlan {
  const { model, warnings, around } = load(input)
  const chosen = name ?? model.name?.value
  if (chosen === undefined) {
    throw invalid('compose.no-name', 'the stack has no name', {
      hint: 'give it as an argument, or write name: at the top',
    })
  }
  checkStackName(chosen)
  const namespace = new Namespace(chosen)
  const services = Object.entries(model.services ?? {})
  return {
    name: chosen,
    networks: planNetworks(model, namespace),
    secrets: planFiles('secret', model.secrets, namespace, around),
    configs: planFiles('config', model.configs, namespace, around),
    services: services.map(([key, service]) => planService(key, service, model, namespace, around)),
    warnings,
  }
}

/** The stock CLI's rule: not empty, and more than blanks and quotes. */
export function checkStackName(name: string): void {
  if (/^[\s"']*$/.test(name)) throw invalid('compose.stack-name', `invalid stack name: ${JSON.stringify(name)}`)
}
