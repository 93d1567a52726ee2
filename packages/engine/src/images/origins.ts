import { KeyedLock } from '@essaim/base'
import type { Containerd } from '../containerd/index.js'

/** containerd's own label for it, so that other clients of the same containerd understand it. */
const labelOf = (domain: string): string => `containerd.io/distribution.source.${domain}`

/** How many repositories are remembered of one registry: a label holds 4096 bytes at most. */
const longest = 8

/** In which repositories of a registry a blob is known to be: another one there can take it over without its bytes. */
export class Origins {
  readonly #locks = new KeyedLock()

  constructor(private readonly containerd: Containerd) {}

  /** Paths, the latest first. */
  async of(domain: string, digest: string): Promise<string[]> {
    const { labels } = await this.containerd.content.info(digest)
    return (labels[labelOf(domain)] ?? '').split(',').filter((path) => path !== '')
  }

  async add(domain: string, path: string, digest: string): Promise<void> {
    await this.#locks.run(digest, async () => {
      const known = await this.of(domain, digest)
      if (known[0] === path) return
      const paths = [path, ...known.filter((one) => one !== path)].slice(0, longest)
      await this.containerd.content.label(digest, { [labelOf(domain)]: paths.join(',') })
    })
  }
}
