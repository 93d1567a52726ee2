import { EssaimError } from '@essaim/base'
import type { Client } from '@essaim/client'
import type { SeededRandom } from './random.js'
import { specOf, wantedIn, type Wanted, type WantedService } from './wanted.js'

const names = ['app0', 'app1', 'app2', 'app3']

type Operation = { name: string; before: WantedService | undefined; after: WantedService | undefined }

/** Creates, scales, updates and removes services by chance, and remembers what was acknowledged. */
export class ChanceScript {
  readonly wanted: Wanted = new Map()
  done = 0
  #versions = 0

  constructor(
    private readonly client: Client,
    private readonly random: SeededRandom,
    /** Resolves when the daemon answers again. */
    private readonly back: () => Promise<void>,
  ) {}

  /** One operation. A daemon that dies under it leaves it done or not done, never half: which of both is then asked. */
  async step(): Promise<void> {
    const operation = this.#choose()
    try {
      await this.#run(operation)
      this.#remember(operation.name, operation.after)
    } catch (error) {
      // The updater or a task's report came in between: the service has a newer version than was read.
      if (isRefusal(error) && /out of sequence/.test(error.message)) return
      if (isRefusal(error)) throw error
      const found = (await this.#persistently(() => wantedIn(this.client))).get(operation.name)
      if (!same(found, operation.before) && !same(found, operation.after)) {
        const text = JSON.stringify({ ...operation, found })
        throw new Error(`an operation that died is neither done nor undone: ${text}`, { cause: error })
      }
      this.#remember(operation.name, found)
    }
    this.done++
  }

  #choose(): Operation {
    const name = this.random.pick(names) ?? 'app0'
    const before = this.wanted.get(name)
    if (!before) return { name, before, after: { replicas: this.random.between(1, 4), version: ++this.#versions } }
    const chance = this.random.next()
    if (chance < 0.2) return { name, before, after: undefined }
    if (chance < 0.6) return { name, before, after: { ...before, replicas: this.random.between(0, 5) } }
    return { name, before, after: { ...before, version: ++this.#versions } }
  }

  async #run({ name, before, after }: Operation): Promise<void> {
    if (!after) await this.client.services.remove(name)
    else if (!before) await this.client.services.create(specOf(name, after))
    else {
      const { Version: version, Spec: current } = await this.client.services.inspect(name)
      const networks = current.TaskTemplate.Networks ?? []
      const spec = specOf(name, after)
      const body = { ...spec, TaskTemplate: { ...spec.TaskTemplate, Networks: networks } }
      await this.client.services.update(name, { version: version.Index }, body)
    }
  }

  /** A question, asked again while the daemon dies under it. */
  async #persistently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.back()
      try {
        return await ask()
      } catch (error) {
        if (isRefusal(error)) throw error
      }
    }
  }

  #remember(name: string, service: WantedService | undefined): void {
    if (service) this.wanted.set(name, service)
    else this.wanted.delete(name)
  }
}

/** The daemon answered, and said no; anything else is a connection that broke. */
function isRefusal(error: unknown): error is EssaimError {
  return error instanceof EssaimError && error.code.startsWith('api.')
}

function same(a: WantedService | undefined, b: WantedService | undefined): boolean {
  return a?.replicas === b?.replicas && a?.version === b?.version
}
