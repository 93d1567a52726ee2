import { invalid, type Ids } from '@essaim/base'
import type { Config, ConfigSpec, Filters, Identity, Secret, SecretSpec, Service } from '@essaim/api-types'
import type { Store, Tx, View } from '../store/index.js'
import { byId, checkFilters, hasLabels, isOneOf, startsWithOne } from './filters.js'
import { checkDataName } from './names.js'
import { alreadyExists, invalidArgument, outOfSequence, unknown } from './refusal.js'
import { resolve } from './resolve.js'
import { settled } from './settled.js'

type Spec = SecretSpec & ConfigSpec
type Noun = 'secret' | 'config'
type Stored = { secret: Secret; config: Config }

/** swarmkit's limits, in bytes. */
const limits: Record<Noun, number> = { secret: 500 * 1024, config: 1000 * 1024 }

/** Secrets and configs: data with a name that never changes. */
export class NamedData<N extends Noun> {
  constructor(
    private readonly noun: N,
    private readonly store: Store,
    private readonly ids: Ids,
    /** What is told of one: a secret's data is not. */
    private readonly answer: (object: Stored[N]) => Stored[N],
  ) {}

  list(filters: Filters): Promise<Stored[N][]> {
    return settled(() => {
      checkFilters(filters, ['id', 'label', 'name', 'names'])
      const found = byId(this.store.view().all(this.noun) as Iterable<Stored[N]>).filter(
        ({ ID, Spec }) =>
          startsWithOne(filters, 'id', ID) &&
          startsWithOne(filters, 'name', Spec.Name) &&
          isOneOf(filters, 'names', Spec.Name) &&
          hasLabels(filters, 'label', Spec.Labels),
      )
      return found.map(this.answer)
    })
  }

  inspect(ref: string): Promise<Stored[N]> {
    return settled(() => this.answer(this.#find(this.store.view(), ref)))
  }

  create(spec: Spec, caller: Identity): Promise<{ ID: string }> {
    return this.store.update(caller, `${this.noun} create`, (tx) => {
      const { noun } = this
      const bytes = checkBase64(spec.Data ?? '')
      checkDataName(noun, spec.Name ?? '')
      if (spec.Driver !== undefined) throw unknown(`${noun}.driver`, `plugin "${spec.Driver.Name ?? ''}" not found`)
      if (bytes === 0 || bytes > limits[noun]) {
        const message = `${noun} data must be larger than 0 and less than ${limits[noun]} bytes`
        throw invalidArgument(`${noun}.size`, message)
      }
      const Name = spec.Name ?? ''
      if (tx.find(noun as Noun, 'name', Name).length > 0) {
        throw alreadyExists(`${noun}.exists`, `${noun} ${Name} already exists`)
      }
      const Spec = { ...spec, Name, Labels: spec.Labels ?? {} }
      const ID = this.ids.swarm()
      tx.create(noun as Noun, { ID, Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '', Spec })
      return { ID }
    })
  }

  /** Labels only: whoever uses it relies on the rest. */
  async update(ref: string, version: number, spec: Spec, caller: Identity): Promise<void> {
    await this.store.update(caller, `${this.noun} update`, (tx) => {
      const stored = this.#find(tx, ref)
      const same = spec.Name === stored.Spec.Name && (spec.Data === undefined || spec.Data === stored.Spec.Data)
      if (!same || spec.Driver !== undefined) {
        throw invalidArgument(`${this.noun}.immutable`, 'only updates to Labels are allowed')
      }
      if (stored.Version.Index !== version) throw outOfSequence()
      tx.update(this.noun as Noun, { ...stored, Spec: { ...stored.Spec, Labels: spec.Labels ?? {} } })
    })
  }

  async remove(ref: string, caller: Identity): Promise<void> {
    await this.store.update(caller, `${this.noun} remove`, (tx) => {
      const { ID, Spec } = this.#find(tx, ref)
      const users: readonly Service[] = tx.find('service', this.noun as Noun, ID)
      if (users.length > 0) {
        const names = users.map((service) => service.Spec.Name).join(', ')
        const services = users.length === 1 ? 'service' : 'services'
        const message = `${this.noun} '${Spec.Name}' is in use by the following ${services}: ${names}`
        throw invalidArgument(`${this.noun}.in-use`, message)
      }
      tx.remove(this.noun, ID)
    })
  }

  #find(view: View | Tx, ref: string): Stored[N] {
    return resolve(view, this.noun as Noun, ref) as Stored[N]
  }
}

/** How many bytes base64 stands for; refuses what is none in Go's words. */
function checkBase64(text: string): number {
  const clean = text.replace(/[\r\n]/g, '')
  const wrong = /[^A-Za-z0-9+/=]|=(?!=?$)/.exec(clean)
  if (wrong !== null) throw invalid('body.base64', `illegal base64 data at input byte ${wrong.index}`)
  if (clean.length % 4 !== 0) throw invalid('body.base64', `illegal base64 data at input byte ${clean.length}`)
  return Buffer.byteLength(clean, 'base64')
}
