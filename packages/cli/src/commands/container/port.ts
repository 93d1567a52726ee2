import { notFound } from '@essaim/base'
import { command } from '../../core/command.js'

export default command({
  usage: 'CONTAINER [PORT[/PROTOCOL]]',
  about: 'Show where the ports of a container are published.',
  examples: ['essaim container port web', 'essaim container port web 80/tcp'],
  flags: {},
  args: [1, 2],
  async run(context, _, [name = '', wanted]) {
    const { NetworkSettings } = await context.client.containers.inspect(name)
    const lines = Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp = '', HostPort = '' }) => {
        return { port, at: `${HostIp.includes(':') ? `[${HostIp}]` : HostIp}:${HostPort}` }
      }),
    )
    if (wanted === undefined) {
      for (const { port, at } of lines) context.print(`${port} -> ${at}`)
      return
    }
    const port = wanted.includes('/') ? wanted : `${wanted}/tcp`
    const found = lines.filter((line) => line.port === port)
    if (found.length === 0) throw notFound('cli.port', `no public port '${port}' published for ${name}`)
    for (const { at } of found) context.print(at)
  },
})
