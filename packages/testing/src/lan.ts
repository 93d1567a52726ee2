import { createNamespace, ip, removeLink, removeNamespace, runIn, type NetworkHost } from './netns.js'

/** How the way between a host and the others is worse than it should be. */
export interface Slowness {
  /** Both ways, as tc writes it: `10mbit`. */
  rate?: string
  /** Of a hundred packets that the host sends, how many are lost: 1 to 100. */
  lossPercent?: number
}

/** Index of what is no host: the router, and the caller, on each LAN of at most `mostHosts`. */
const router = 254
const caller = 253
const mostHosts = 250

/**
 * One Ethernet with a switch and a router in a namespace of their own (`es-NAME-lan`). Hosts are 10.198.SUBNET.1 and up,
 * `es-NAME-1` and up; the caller's own namespace is on it as .253, and an outside client is one hop away, behind the
 * router (.254). Everything is found again by name: a `Lan` holds no state.
 */
export class Lan implements AsyncDisposable {
  readonly #namespace: string
  readonly #callerLink: string

  constructor(
    readonly name: string,
    /** 0 to 255: the caller chooses one that nobody else uses at the same time. */
    readonly subnet: number,
  ) {
    this.#namespace = `es-${name}-lan`
    this.#callerLink = `es-t${subnet}`
  }

  static async create(name: string, subnet: number): Promise<Lan> {
    const lan = new Lan(name, subnet)
    await lan.#removeSwitch()
    const space = lan.#namespace
    await createNamespace(space)
    await ip(`-n ${space} link add lan type bridge`)
    await ip(`-n ${space} addr add ${lan.address(router)}/24 dev lan`)
    await ip(`-n ${space} link set lan up`)
    await runIn(space, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
    await ip(`link add ${lan.#callerLink} type veth peer name caller netns ${space}`)
    await ip(`addr add ${lan.address(caller)}/24 dev ${lan.#callerLink}`)
    await ip(`link set ${lan.#callerLink} up`)
    await ip(`-n ${space} link set caller master lan up`)
    return lan
  }

  address(index: number): string {
    return `10.198.${this.subnet}.${index}`
  }

  /** Makes the host's namespace and plugs it in. What was called so before goes. */
  async host(index: number): Promise<NetworkHost> {
    if (index < 1 || index > mostHosts) throw new Error(`a LAN has hosts 1 to ${mostHosts}, not ${index}`)
    const name = this.#hostName(index)
    await this.removeHost(index)
    await createNamespace(name)
    // A card of its own, so that neighbours find a host again that lost its power.
    const mac = `02:e5:00:00:${hex(this.subnet)}:${hex(index)}`
    await ip(`-n ${this.#namespace} link add p${index} type veth peer name eth0 address ${mac} netns ${name}`)
    await ip(`-n ${this.#namespace} link set p${index} master lan up`)
    await ip(`-n ${name} addr add ${this.address(index)}/24 dev eth0`)
    await ip(`-n ${name} link set eth0 up`)
    await ip(`-n ${name} route add default via ${this.address(router)}`)
    return this.existing(index)
  }

  /** A host that is plugged in already. */
  existing(index: number): NetworkHost {
    return this.#asHost(this.#hostName(index), this.address(index), this.address(caller))
  }

  /** A machine outside: the hosts see it through the router only. */
  async client(): Promise<NetworkHost> {
    const name = `es-${this.name}-client`
    await removeNamespace(name)
    await createNamespace(name)
    await ip(`-n ${this.#namespace} link add outside type veth peer name eth0 netns ${name}`)
    await ip(`-n ${this.#namespace} addr add 10.199.${this.subnet}.1/24 dev outside`)
    await ip(`-n ${this.#namespace} link set outside up`)
    await ip(`-n ${name} addr add 10.199.${this.subnet}.2/24 dev eth0`)
    await ip(`-n ${name} link set eth0 up`)
    await ip(`-n ${name} route add default via 10.199.${this.subnet}.1`)
    return this.#asHost(name, `10.199.${this.subnet}.2`, `10.199.${this.subnet}.1`)
  }

  /** Its packets go nowhere and none come, as behind a switch that has failed: the host is not told. */
  async cut(index: number): Promise<void> {
    await runIn(this.#namespace, 'bridge', ['link', 'set', 'dev', `p${index}`, 'state', '0'])
  }

  /** What the first of the hosts sends to the second is lost; the other direction is as it was. */
  async cutBetween(from: number, to: number): Promise<void> {
    await this.#rule(from, `ip daddr ${this.address(to)} drop`)
  }

  async slow(index: number, { rate, lossPercent }: Slowness): Promise<void> {
    if (rate !== undefined) {
      const shape = ['root', 'tbf', 'rate', rate, 'burst', '32kb', 'latency', '50ms']
      await runIn(this.#namespace, 'tc', ['qdisc', 'replace', 'dev', `p${index}`, ...shape])
      await runIn(this.#hostName(index), 'tc', ['qdisc', 'replace', 'dev', 'eth0', ...shape])
    }
    if (lossPercent !== undefined) await this.#rule(index, `numgen random mod 100 <= ${lossPercent - 1} drop`)
  }

  /** Takes back cuts and slowness of the host. What others' packets to it suffer is healed with those others. */
  async heal(index: number): Promise<void> {
    await runIn(this.#namespace, 'bridge', ['link', 'set', 'dev', `p${index}`, 'state', '3'])
    await runIn(this.#namespace, 'nft', [`delete table netdev cuts_${index}`]).catch(tolerate)
    for (const [space, device] of [
      [this.#namespace, `p${index}`],
      [this.#hostName(index), 'eth0'],
    ] as const) {
      await runIn(space, 'tc', ['qdisc', 'del', 'dev', device, 'root']).catch(tolerate)
    }
  }

  /** Its link and namespace go, as with a host that lost its power. */
  async removeHost(index: number): Promise<void> {
    await removeNamespace(this.#hostName(index))
    await removeLink(`p${index}`, this.#namespace)
  }

  /** Removes switch, client and whatever hosts there are. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ports = await ip(`-n ${this.#namespace} -o link show type veth`).catch(() => '')
    const hosts = [...ports.matchAll(/ p(\d+)@/g)].map(([, index]) => Number(index))
    for (const index of hosts) await this.removeHost(index)
    await removeNamespace(`es-${this.name}-client`)
    await this.#removeSwitch()
  }

  async #rule(index: number, rule: string): Promise<void> {
    const table = `netdev cuts_${index}`
    const hook = `type filter hook ingress device "p${index}" priority 0;`
    const script = `add table ${table}; add chain ${table} in { ${hook} }; add rule ${table} in ${rule}`
    await runIn(this.#namespace, 'nft', [script])
  }

  async #removeSwitch(): Promise<void> {
    await removeNamespace(this.#namespace)
    await removeLink(this.#callerLink)
  }

  #hostName(index: number): string {
    return `es-${this.name}-${index}`
  }

  #asHost(name: string, address: string, peerAddress: string): NetworkHost {
    return {
      name,
      address,
      peerAddress,
      enter: ['nsenter', `--net=/run/netns/${name}`, '--'],
      exec: (command, args) => runIn(name, command, args),
      [Symbol.asyncDispose]: () => removeNamespace(name),
    }
  }
}

const hex = (value: number): string => value.toString(16).padStart(2, '0')

/** There is nothing to take back. */
function tolerate(error: unknown): void {
  if (!/No such file|Cannot delete qdisc|Cannot find device|Invalid argument/.test(String(error))) throw error
}
