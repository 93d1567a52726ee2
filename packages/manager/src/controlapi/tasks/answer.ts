import type { ClusterNetwork, Task, TaskNetwork } from '@essaim/api-types'
import { isPredefined } from '../../allocator/index.js'
import { vxlanOption } from '../networks/answer.js'
import { answerIndex, answerTemplate } from '../services/answer.js'

export type TaskAnswer = Omit<Task, 'Internal'>

/** A task as the API tells of it. */
export function taskAnswer(task: Task): TaskAnswer {
  const { Internal: _, Spec, NetworksAttachments: networks, JobIteration, Status, ...rest } = task
  const { Runtime: __, ...template } = Spec
  return {
    ...rest,
    Labels: task.Labels ?? {},
    Spec: answerTemplate(template),
    Status: { ...Status, PortStatus: Status.PortStatus ?? {} },
    ...(networks && { NetworksAttachments: networks.map(attachmentAnswer) }),
    ...(JobIteration && { JobIteration: answerIndex(JobIteration.Index) }),
  }
}

/** The names that a task has in a network are the manager's own affair. */
function attachmentAnswer({ Network, Addresses }: TaskNetwork): TaskNetwork {
  return { Network: networkAnswer(Network), Addresses }
}

/** Inside a task a network has swarmkit's form. */
function networkAnswer(network: ClusterNetwork): ClusterNetwork {
  const { Internal, Spec, ...rest } = network
  const driver = { Name: Spec.DriverConfiguration?.Name ?? 'overlay' }
  const told = isPredefined(network)
    ? { ...rest, Spec, DriverState: driver }
    : {
        ...rest,
        Spec: { ...Spec, IPAMOptions: { Driver: { Name: 'default' } } },
        DriverState: {
          ...driver,
          Options: { ...Spec.DriverConfiguration?.Options, [vxlanOption]: String(Internal.Vni) },
        },
        IPAMOptions: {
          Driver: { Name: 'default' },
          Configs: [{ Subnet: Internal.Subnet, Gateway: Internal.Gateway }],
        },
      }
  return told as unknown as ClusterNetwork
}
