import type { ContainerSummary, NetworkSettings, Port } from '@essaim/api-types'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { networkSettings } from '../inspect/networks.js'
import { shownMounts, shownNetworkMode } from '../record.js'
import { statusText } from './status.js'

/** A container's line in a list. */
export async function summarise(deps: ContainerDeps, container: Container): Promise<ContainerSummary> {
  const { record } = container
  const settings = networkSettings(deps, record)
  const command = [record.path, ...record.args].map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')
  const { status } = record.state
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: await imageName(deps, record.config.Image ?? '', record.image),
    ImageID: record.image,
    Command: command,
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: portsOf(settings),
    Labels: record.config.Labels ?? {},
    State: status,
    Status: statusText(record.state, deps.clock.now()),
    HostConfig: {
      NetworkMode: shownNetworkMode(record),
      ...(record.host.Annotations && { Annotations: record.host.Annotations }),
    },
    NetworkSettings: { Networks: settings.Networks ?? {} },
    Mounts: shownMounts(record),
  }
}

/** The name it was created from, or the image's id when that name now means another image. */
async function imageName(deps: ContainerDeps, name: string, id: string): Promise<string> {
  if (name === id || id.startsWith(`sha256:${name}`)) return name
  const now = await deps.images.resolve(name).then(
    (image) => image.id,
    () => undefined,
  )
  return now === id ? name : id
}

function portsOf({ Ports: ports = {} }: NetworkSettings): Port[] {
  return Object.entries(ports).flatMap(([port, bindings]): Port[] => {
    const [number = '0', protocol = 'tcp'] = port.split('/')
    const base = { PrivatePort: Number(number), Type: protocol as Port['Type'] }
    if (!bindings?.length) return [base]
    return bindings.map(({ HostIp = '', HostPort = '0' }) => ({ IP: HostIp, ...base, PublicPort: Number(HostPort) }))
  })
}
