import type {
  Filters,
  Identity,
  Network,
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkCreateResponse,
  NetworkDisconnectRequest,
} from '@essaim/api-types'
import { conflict, forbidden, isKind } from '@essaim/base'
import type { NetworksHost } from './contract.js'
import { findNetwork } from './find.js'

/** Local networks and the cluster's as one list, each call going to the side that has the network. */
export class MergedNetworks {
  constructor(private readonly host: NetworksHost) {}

  async list(filters: Filters): Promise<Network[]> {
    const [local, swarm] = await Promise.all([this.#local(filters), this.host.swarm()?.list(filters) ?? []])
    return [...swarm, ...local]
  }

  async inspect(ref: string, options: { verbose: boolean; scope?: string }): Promise<Network> {
    const network = await this.#find(ref, options.scope)
    if (network.Scope !== 'swarm') return this.host.local.inspect(network.Id ?? ref, options)
    const here = await this.#onThisHost(network.Id ?? ref, options)
    const peer = this.host.peer()
    if (!here) return { ...network, Containers: {} }
    return {
      ...network,
      ...(here.Containers !== undefined && { Containers: here.Containers }),
      ...(peer !== undefined && { Peers: [peer] }),
    }
  }

  async create(request: NetworkCreateRequest, caller: Identity): Promise<NetworkCreateResponse> {
    const name = request.Name ?? ''
    const local = await this.#local({})
    if (!isSwarmWide(request)) {
      const swarm = (await this.host.swarm()?.list({})) ?? []
      if (swarm.some((network) => network.Name === name)) throw exists(name)
      return this.host.local.create(request, caller)
    }
    if (request.Scope === 'local') {
      throw forbidden('network.scope', 'cannot downgrade network scope for overlay networks')
    }
    const swarm = this.host.swarm()
    if (request.Ingress === true && request.Driver !== 'overlay' && request.Scope !== 'swarm') {
      throw forbidden('network.ingress', 'Ingress network can only be global scope network', {
        hint: 'Create it with the driver overlay.',
      })
    }
    if (!swarm && request.Scope === 'swarm' && request.Driver !== 'overlay') {
      throw forbidden('network.scope', 'cannot create a swarm scoped network when swarm is not active')
    }
    if (!swarm) throw this.host.refusal()
    if (local.some((network) => network.Name === name)) throw exists(name)
    return swarm.create(request, caller)
  }

  async remove(ref: string, caller: Identity): Promise<void> {
    const network = await this.#find(ref)
    const id = network.Id ?? ref
    if (network.Scope !== 'swarm') return this.host.local.remove(id, caller)
    const swarm = this.host.swarm()
    if (!swarm) throw this.host.refusal()
    await swarm.remove(id, caller)
  }

  async connect(ref: string, request: NetworkConnectRequest): Promise<void> {
    await this.host.checkContainer(request.Container ?? '')
    const { Id: id = ref, Name: name = ref, Scope: scope, Attachable: attachable } = await this.#find(ref)
    if (scope === 'swarm' && attachable !== true) throw notAttachable(name)
    await this.host.local.connect(id, request)
  }

  async disconnect(ref: string, request: NetworkDisconnectRequest): Promise<void> {
    if (request.Force !== true) await this.host.checkContainer(request.Container ?? '')
    await this.host.local.disconnect((await this.#find(ref)).Id ?? ref, request)
  }

  async prune(filters: Filters, caller: Identity): Promise<{ NetworksDeleted: string[] | null }> {
    const { NetworksDeleted: local } = await this.host.local.prune(filters, caller)
    const deleted = [...(local ?? [])]
    const swarm = this.host.swarm()
    for (const network of (await swarm?.list({ ...filters, dangling: ['true'] })) ?? []) {
      if (network.Ingress === true) continue
      try {
        await swarm?.remove(network.Id ?? '', caller)
        deleted.push(network.Name ?? '')
      } catch (error) {
        // Taken into use since it was listed.
        if (!isKind(error, 'invalid') && !isKind(error, 'not-found')) throw error
      }
    }
    return { NetworksDeleted: deleted.length > 0 ? deleted : null }
  }

  /** A manager tells all of the cluster's networks; a worker those that are here, as Docker does. */
  async #local(filters: Filters): Promise<Network[]> {
    const all = await this.host.local.list(filters)
    return this.host.swarm() ? all.filter((network) => network.Scope !== 'swarm') : all
  }

  /** Of scope swarm, `host` and `bridge` are those that services are put on. */
  async #find(ref: string, scope?: string): Promise<Network> {
    const swarm = this.host.swarm()
    if (scope === 'swarm' && swarm) return swarm.inspect(ref)
    const all = await this.list({})
    const wanted = scope === undefined || scope === '' ? all : all.filter((network) => network.Scope === scope)
    return findNetwork(wanted, ref)
  }

  async #onThisHost(id: string, options: { verbose: boolean }): Promise<Network | undefined> {
    try {
      return await this.host.local.inspect(id, options)
    } catch (error) {
      if (isKind(error, 'not-found')) return undefined
      throw error
    }
  }
}

function isSwarmWide(request: NetworkCreateRequest): boolean {
  const { Driver: driver, Scope: scope = '', Ingress: ingress } = request
  return driver === 'overlay' || ingress === true || !['', 'local'].includes(scope)
}

/** The refusal of a container that is no task. */
export function notAttachable(name: string): Error {
  const message = `Could not attach to network ${name}: rpc error: code = PermissionDenied desc = network ${name} not manually attachable`
  return forbidden('network.not-attachable', message)
}

function exists(name: string): Error {
  return conflict('network.exists', `network with name ${name} already exists`)
}
