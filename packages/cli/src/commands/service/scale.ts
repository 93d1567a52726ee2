import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { detachFlag, forEach } from '../../core/each.js'
import { waitForServices } from '../../progress/wait.js'

export default command({
  usage: '[OPTIONS] SERVICE=REPLICAS [SERVICE=REPLICAS...]',
  about: 'Change how many tasks services have.',
  examples: ['essaim service scale web=5'],
  flags: detachFlag,
  args: [1, Infinity],
  async run(context, flags, wanted) {
    const { services } = context.client
    const ids: string[] = []
    const code = await forEach(context, wanted, async (word) => {
      const [, name, count] = /^(.+)=(\d+)$/.exec(word) ?? []
      if (name === undefined) {
        throw invalid('cli.scale', `invalid scale specifier '${word}'`, {
          hint: 'write SERVICE=REPLICAS, such as web=5',
        })
      }
      const { ID, Version, Spec } = await services.inspect(name)
      const { Replicated: replicated, ReplicatedJob: job } = Spec.Mode ?? {}
      if (!replicated && !job) {
        throw invalid('cli.scale', `${name}: scale can only be used with replicated or replicated-job mode`)
      }
      const Mode = replicated
        ? { Replicated: { Replicas: Number(count) } }
        : { ReplicatedJob: { ...job, TotalCompletions: Number(count) } }
      const { Warnings } = await services.update(ID, { version: Version.Index }, { ...Spec, Mode })
      for (const warning of Warnings ?? []) context.warn(warning)
      context.print(`${name} scaled to ${count}`)
      ids.push(ID)
    })
    if (!flags.detach) await waitForServices(context, ids)
    return code
  },
})
