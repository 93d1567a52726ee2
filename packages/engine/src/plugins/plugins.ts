import { internal, messageOf, notFound } from '@essaim/base'
import { callPlugin, type Patience } from './call.js'
import { findPlugin, pluginNames, type PluginAddress, type PluginFolders } from './find.js'

/** How long a plugin that is known and does not answer is waited for: it may be starting (ms). */
const patience = 5000

/** A plugin that has said what it does. */
export interface Plugin {
  name: string
  call(method: string, body: object): Promise<Record<string, unknown>>
}

/** Programs of others that the engine finds in folders and speaks to in Docker's protocol. */
export class Plugins {
  /** By name and address: what it said that it implements. */
  readonly #activated = new Map<string, string[]>()

  constructor(
    private readonly folders: PluginFolders,
    private readonly waiting: Patience = { total: patience },
  ) {}

  /** Throws `plugin "NAME" not found`, also where it does something else. */
  async get(name: string, interfaceName: string): Promise<Plugin> {
    const address = await findPlugin(this.folders, name)
    if (!address || !(await this.#implements(address, this.waiting)).includes(interfaceName)) {
      throw notFound('plugin.unknown', `plugin "${name}" not found`)
    }
    return this.#plugin(address)
  }

  /** All that do this now; those that do not answer are named with the reason. Nobody is waited for. */
  async all(interfaceName: string): Promise<{ plugins: Plugin[]; failed: { name: string; reason: string }[] }> {
    const plugins: Plugin[] = []
    const failed: { name: string; reason: string }[] = []
    for (const name of await pluginNames(this.folders)) {
      try {
        const address = await findPlugin(this.folders, name)
        if (address && (await this.#implements(address, { total: 0 })).includes(interfaceName)) {
          plugins.push(this.#plugin(address))
        }
      } catch (error) {
        failed.push({ name, reason: messageOf(error) })
      }
    }
    return { plugins, failed }
  }

  #plugin(address: PluginAddress): Plugin {
    return { name: address.name, call: (method, body) => callPlugin(address, method, body, this.waiting) }
  }

  async #implements(address: PluginAddress, waiting: Patience): Promise<string[]> {
    const key = `${address.name} ${address.url}`
    const known = this.#activated.get(key)
    if (known) return known
    let answer: Record<string, unknown>
    try {
      answer = await callPlugin(address, 'Plugin.Activate', {}, waiting)
    } catch (error) {
      throw internal('plugin.down', `legacy plugin: ${messageOf(error)}`, {
        cause: error,
        hint: `Start the plugin, or remove its file of that name.`,
      })
    }
    const list = Array.isArray(answer['Implements'])
      ? answer['Implements'].filter((one) => typeof one === 'string')
      : []
    this.#activated.set(key, list)
    return list
  }
}
