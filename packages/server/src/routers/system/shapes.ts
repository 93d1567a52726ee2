import type { ContainerSummary, ImageSummary, SystemInfo } from '@essaim/api-types'
import { nullIfEmpty } from '../../http/absent.js'
import { atLeast } from '../../http/version.js'
import { summaryAnswer as containerSummary } from '../containers/shapes.js'
import { summaryAnswer as imageSummary } from '../images/shapes.js'

/** What `version`'s clients know of the system's information. */
export function infoAnswer(info: SystemInfo, version: string): object {
  const answer: Record<string, unknown> = { ...info, Warnings: nullIfEmpty(info.Warnings) }
  if (!atLeast(version, '1.46')) delete answer['Containerd']
  if (!atLeast(version, '1.49')) {
    delete answer['FirewallBackend']
    for (const name of ['ContainerdCommit', 'RuncCommit', 'InitCommit'] as const) {
      const ID = info[name]?.ID ?? ''
      answer[name] = { ID, Expected: ID }
    }
  }
  if (!atLeast(version, '1.49')) {
    const none = { AllowNondistributableArtifactsCIDRs: [], AllowNondistributableArtifactsHostnames: [] }
    answer['RegistryConfig'] = { ...none, ...info.RegistryConfig }
  }
  // A limit that older clients warn of where there is none.
  if (!atLeast(version, '1.42')) answer['KernelMemory'] = false
  if (!atLeast(version, '1.25')) {
    const names = (info.SecurityOptions ?? []).map((option) => /(?:^|,)name=([^,]+)/.exec(option)?.[1] ?? option)
    Object.assign(answer, { ExecutionDriver: '<not supported>', SecurityOptions: names })
  }
  if (!atLeast(version, '1.50')) {
    delete answer['DiscoveredDevices']
    // The CLI warns of both where they are not set; no filter here needs either.
    Object.assign(answer, { BridgeNfIptables: true, BridgeNfIp6tables: true })
  }
  return answer
}

/** Before 1.42 the size of the build cache stood in a field of its own. */
export function diskUsageAnswer(usage: Record<string, unknown>, version: string): Record<string, unknown> {
  const { BuilderSize: size, Images, Containers, ...rest } = usage
  const answer = {
    ...rest,
    // Here, other than in a list, images have always told how many containers use them.
    ...each('Images', Images, (image) => {
      const { Containers: users } = image as ImageSummary
      return { ...imageSummary(image as ImageSummary, version), Containers: users }
    }),
    ...each('Containers', Containers, (container) => containerSummary(container as ContainerSummary, version)),
  }
  return atLeast(version, '1.42') ? answer : { ...answer, BuilderSize: size ?? 0 }
}

function each(name: string, list: unknown, answer: (item: unknown) => object): object {
  return list === undefined ? {} : { [name]: Array.isArray(list) ? list.map(answer) : list }
}
