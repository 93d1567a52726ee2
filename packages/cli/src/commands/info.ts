import { command } from '../core/command.js'
import { memory } from '../format/human.js'
import { formatFlag, printObjects } from '../format/rows.js'
import { table } from '../format/table.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Show what the engine says of itself: containers, images, storage, swarm, host.',
  examples: ['essaim info', "essaim info --format '{{.Swarm.LocalNodeState}}'"],
  flags: formatFlag,
  args: [0, 0],
  async run(context, flags) {
    const info = await context.client.system.info()
    if (flags.format !== undefined) {
      printObjects(context, [info], flags.format)
      return
    }
    const swarm = info.Swarm ?? {}
    const rows: [string, string | number | undefined][] = [
      ['Name', info.Name],
      ['ID', info.ID],
      ['Version', info.ServerVersion],
      [
        'Containers',
        `${info.Containers} (${info.ContainersRunning} running, ${info.ContainersPaused} paused, ${info.ContainersStopped} stopped)`,
      ],
      ['Images', info.Images],
      ['Storage', info.Driver],
      ['Data', info.DockerRootDir],
      ['Logging', info.LoggingDriver],
      ['Cgroups', `${info.CgroupDriver}, version ${info.CgroupVersion ?? '1'}`],
      ['Runtimes', `${Object.keys(info.Runtimes ?? {}).join(', ')} (default ${info.DefaultRuntime})`],
      ['Swarm', swarm.LocalNodeState],
      ...(swarm.NodeID
        ? ([
            ['  Node', swarm.NodeID],
            ['  Manager', swarm.ControlAvailable ? 'yes' : 'no'],
          ] as [string, string | number | undefined][])
        : []),
      ...(swarm.ControlAvailable
        ? ([['  Nodes', `${swarm.Nodes}, ${swarm.Managers} of them managers`]] as [
            string,
            string | number | undefined,
          ][])
        : []),
      ['System', `${info.OperatingSystem}, kernel ${info.KernelVersion}, ${info.Architecture}`],
      ['CPUs', info.NCPU],
      ['Memory', memory(info.MemTotal ?? 0)],
      ...(info.Labels?.length ? ([['Labels', info.Labels.join(', ')]] as [string, string | number | undefined][]) : []),
    ]
    for (const line of table(rows.map(([name, value]) => [`${name}:`, String(value ?? '')]))) context.print(line)
    for (const warning of info.Warnings ?? []) context.warn(warning)
  },
})
