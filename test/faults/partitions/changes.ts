import type { ServiceSpec } from '@essaim/api-types'
import { EssaimError } from '@essaim/base'
import type { Client } from '@essaim/client'
import type { SeededRandom } from '../random.js'
import { specOf, type WantedService } from '../wanted.js'

export const serviceNames = ['app0', 'app1', 'app2', 'app3', 'app4']
export const networkNames = ['net0', 'net1', 'net2']

/** A service as it was asked for, on one overlay network. */
export interface Placed extends WantedService {
  network: string
}

/** A web server of the given name, on the network and on a port of the mesh that the name has for itself. */
export function serverOf(name: string, { network, ...service }: Placed): ServiceSpec {
  const spec = specOf(name, service)
  const container = spec.TaskTemplate?.ContainerSpec
  return {
    ...spec,
    TaskTemplate: {
      ...spec.TaskTemplate,
      ContainerSpec: { ...container, Image: 'busybox:latest', Args: ['busybox', 'httpd', '-f', '-p', '80'] },
      Networks: [{ Target: network }],
    },
  }
}

/** Services that come, are scaled, updated and go, with their networks, by chance, through a manager that is always there. */
export class Changes {
  readonly services = new Map<string, Placed>()
  readonly networks = new Set<string>()
  readonly counts: Record<string, number> = {}
  #versions = 0

  constructor(
    private readonly client: Client,
    private readonly random: SeededRandom,
  ) {}

  /** One change. */
  async step(): Promise<void> {
    const name = this.random.pick(serviceNames) ?? 'app0'
    const before = this.services.get(name)
    if (!before) return this.#create(name)
    const chance = this.random.next()
    if (chance < 0.25) return this.remove(name)
    const replicas = this.random.between(0, 5)
    const after = chance < 0.6 ? { ...before, replicas } : { ...before, version: ++this.#versions }
    await this.#update(name, after)
    this.#count(chance < 0.6 ? 'scale' : 'update')
  }

  async remove(name: string): Promise<void> {
    await this.client.services.remove(name)
    this.services.delete(name)
    this.#count('remove')
    for (const network of this.networks) {
      if (![...this.services.values()].some((service) => service.network === network)) await this.removeNetwork(network)
    }
  }

  /** False where tasks that end use it still, as Docker has it. */
  async removeNetwork(name: string): Promise<boolean> {
    try {
      await this.client.networks.remove(name)
    } catch (error) {
      if (!/in use/.test(String(error))) throw error
      this.#count('network in use')
      return false
    }
    this.networks.delete(name)
    this.#count('network removed')
    return true
  }

  async #create(name: string): Promise<void> {
    const network = this.random.pick(networkNames) ?? 'net0'
    const service = { network, replicas: this.random.between(1, 4), version: ++this.#versions }
    if (!this.networks.has(network)) {
      await this.client.networks.create({ Name: network, Driver: 'overlay' })
      this.networks.add(network)
      this.#count('network')
    }
    await this.client.services.create(serverOf(name, service))
    this.services.set(name, service)
    this.#count('create')
  }

  /** Asked again where a task's report or the updater came in between. */
  async #update(name: string, after: Placed): Promise<void> {
    for (;;) {
      const { Version: version, Spec: current } = await this.client.services.inspect(name)
      const spec = serverOf(name, after)
      const Networks = current.TaskTemplate.Networks ?? []
      try {
        const body = { ...spec, TaskTemplate: { ...spec.TaskTemplate, Networks } }
        await this.client.services.update(name, { version: version.Index }, body)
        this.services.set(name, after)
        return
      } catch (error) {
        if (!(error instanceof EssaimError) || !/out of sequence/.test(error.message)) throw error
      }
    }
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}
