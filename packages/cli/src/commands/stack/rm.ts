import { messageOf, sleep } from '@essaim/base'
import { isTerminal } from '@essaim/api-types'
import { checkStackName } from '@essaim/compose'
import { command } from '../../core/command.js'
import type { Context } from '../../core/context.js'
import { bool } from '../../core/flags.js'
import { natural } from '../../listings/tasks.js'
import { ofStack, stackObjects } from '../../stack/objects.js'

export default command({
  usage: '[OPTIONS] STACK [STACK...]',
  about: 'Remove stacks: their services, secrets, configs and networks. Volumes are kept.',
  examples: ['essaim stack rm shop'],
  flags: { detach: bool('Do not wait until the tasks have ended', { short: 'd', default: true }) },
  args: [1, Infinity],
  async run(context, flags, stacks) {
    stacks.forEach(checkStackName)
    let failed = 0
    for (const stack of stacks) {
      if (!(await removeStack(context, stack))) failed++
      else if (!flags.detach) await tasksGone(context, stack)
    }
    return failed === 0 ? 0 : 1
  },
})

/** Goes on past what cannot be removed, and answers false then. */
async function removeStack(context: Context, stack: string): Promise<boolean> {
  const { client, print, warn } = context
  const { services, secrets, configs, networks } = await stackObjects(client, stack)
  const steps: [what: string, name: string, remove: () => Promise<void>][] = [
    ...services
      .toSorted((a, b) => natural(a.Spec.Name, b.Spec.Name))
      .map((item): [string, string, () => Promise<void>] => [
        'service',
        item.Spec.Name,
        () => client.services.remove(item.ID),
      ]),
    ...secrets.map((item): [string, string, () => Promise<void>] => [
      'secret',
      item.Spec.Name,
      () => client.secrets.remove(item.ID),
    ]),
    ...configs.map((item): [string, string, () => Promise<void>] => [
      'config',
      item.Spec.Name,
      () => client.configs.remove(item.ID),
    ]),
    ...networks.map((item): [string, string, () => Promise<void>] => [
      'network',
      item.Name ?? '',
      () => client.networks.remove(item.Id ?? ''),
    ]),
  ]
  if (steps.length === 0) warn(`Nothing found in stack: ${stack}`)
  let complete = true
  for (const [what, name, remove] of steps) {
    print(`Removing ${what} ${name}`)
    await remove().catch((error: unknown) => {
      complete = false
      warn(`Failed to remove ${what} ${name}: ${messageOf(error)}`)
    })
  }
  if (!complete) warn(`Failed to remove some resources from stack: ${stack}`)
  return complete
}

async function tasksGone({ client, interrupted }: Context, stack: string): Promise<void> {
  for (;;) {
    const tasks = await client.tasks.list(ofStack(stack))
    if (tasks.every((task) => isTerminal(task.Status.State))) return
    await sleep(200, interrupted)
  }
}
