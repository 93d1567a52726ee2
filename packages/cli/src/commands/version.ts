import { messageOf } from '@essaim/base'
import { readFileSync } from 'node:fs'
import { command } from '../core/command.js'
import { bool } from '../core/flags.js'
import { explain } from '../core/refusal.js'
import { formatFlag, printObjects } from '../format/rows.js'

/** Read from the package, so that there is one place to change it. */
function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

export default command({
  usage: '[OPTIONS]',
  about: 'Show the versions of this program and of the engine that it speaks to.',
  examples: ["essaim version --format '{{.Server.Version}}'"],
  flags: { ...formatFlag, short: bool("Only this program's own, without asking the engine") },
  args: [0, 0],
  async run(context, flags) {
    const version = ownVersion()
    if (flags.short) {
      context.print(`Essaim version ${version}`)
      return
    }
    const client = { Version: version, Node: process.version, Host: context.client.address }
    let failure: unknown
    const server = await context.client.system.version().catch((error: unknown) => {
      failure = error
      return undefined
    })
    if (flags.format !== undefined) {
      if (!server) throw failure
      printObjects(
        context,
        [{ Client: { ...client, ApiVersion: await context.client.apiVersion() }, Server: server }],
        flags.format,
      )
      return
    }
    context.print(`Client:\n Version:     ${version}\n Node:        ${process.version}\n Host:        ${client.Host}`)
    if (!server) {
      context.warn(explain(failure ?? new Error(messageOf(failure))))
      return 1
    }
    context.print(` API version: ${await context.client.apiVersion()}\n\nServer: ${server.Platform?.Name ?? ''}`)
    context.print(` Version:     ${server.Version}\n API version: ${server.ApiVersion} (from ${server.MinAPIVersion})`)
    context.print(` OS/Arch:     ${server.Os}/${server.Arch}\n Kernel:      ${server.KernelVersion}`)
    for (const { Name, Version } of server.Components ?? []) context.print(` ${`${Name}:`.padEnd(12)} ${Version}`)
  },
})
