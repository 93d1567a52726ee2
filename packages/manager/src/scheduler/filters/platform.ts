import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

const names: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' }
const architecture = (name: string): string => names[name] ?? name

/** The image exists for the node's platform, where the client said for which it does. */
export const platform: Filter = {
  check(task) {
    const platforms = task.Spec.Placement?.Platforms ?? []
    if (platforms.length === 0) return undefined
    return (load) => {
      const { OS = '', Architecture = '' } = load.node.Description.Platform ?? {}
      return platforms.some(
        (one) =>
          (!one.Architecture || architecture(one.Architecture) === architecture(Architecture)) &&
          (!one.OS || one.OS === OS),
      )
    }
  },
  explain: (nodes) => `unsupported platform on ${onNodes(nodes)}`,
}
