import { stackLabel } from '@essaim/compose'
import { command } from '../../core/command.js'
import { formatFlag, type Listing, printRows } from '../../format/rows.js'
import { natural } from '../../listings/tasks.js'

interface StackRow {
  name: string
  services: number
}

const listing: Listing<StackRow> = {
  fields: {
    Name: ['NAME', (stack) => stack.name],
    Services: ['SERVICES', (stack) => String(stack.services)],
    Orchestrator: ['ORCHESTRATOR', () => 'Swarm'],
  },
  columns: ['Name', 'Services'],
}

export default command({
  usage: '[OPTIONS]',
  about: 'List stacks.',
  examples: ["essaim stack ls --format '{{.Name}} {{.Services}}'"],
  flags: formatFlag,
  args: [0, 0],
  async run(context, flags) {
    const counts = new Map<string, number>()
    for (const { Spec } of await context.client.services.list({ filters: { label: [stackLabel] } })) {
      const name = Spec.Labels?.[stackLabel] ?? ''
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const rows = [...counts].map(([name, services]) => ({ name, services })).toSorted((a, b) => natural(a.name, b.name))
    printRows(context, rows, listing, flags)
  },
})
