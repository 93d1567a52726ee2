import type { EndpointSettings, Filters, Network, NetworkCreateRequest, NetworkCreateResponse } from '@essaim/api-types'
import { type Call, segment } from '../call.js'

/** Networks of this host and, in a swarm, of the cluster. */
export class NetworksClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<Network[]> {
    return this.call.json('GET', '/networks', { filters })
  }

  inspect(ref: string, options: { verbose?: boolean; scope?: string } = {}): Promise<Network> {
    return this.call.json('GET', `/networks/${segment(ref)}`, { query: options })
  }

  create(body: NetworkCreateRequest): Promise<NetworkCreateResponse> {
    return this.call.json('POST', '/networks/create', { body: { CheckDuplicate: true, ...body } })
  }

  remove(ref: string): Promise<void> {
    return this.call.done('DELETE', `/networks/${segment(ref)}`)
  }

  connect(ref: string, container: string, endpoint: EndpointSettings = {}): Promise<void> {
    const body = { Container: container, EndpointConfig: endpoint }
    return this.call.done('POST', `/networks/${segment(ref)}/connect`, { body })
  }

  disconnect(ref: string, container: string, force = false): Promise<void> {
    return this.call.done('POST', `/networks/${segment(ref)}/disconnect`, {
      body: { Container: container, Force: force },
    })
  }

  prune(filters: Filters = {}): Promise<{ NetworksDeleted: string[] | null }> {
    return this.call.json('POST', '/networks/prune', { filters })
  }
}
