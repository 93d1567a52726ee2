import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { internal, messageOf, unavailable } from '@essaim/base'
import type { Lan, Link } from '../records.js'

const run = promisify(execFile)

/**
 * Interfaces upon one of the host's. They are made by a process each: they come from the host's namespace and end in a
 * container's, and a helper that lives on would keep that namespace open.
 */
export async function addLanLink(lan: Lan, link: Pick<Link, 'name' | 'mac'>, namespacePath?: string): Promise<void> {
  const mac = link.mac === '' ? [] : ['address', link.mac]
  const place = namespacePath === undefined ? [] : ['netns', namespacePath]
  const flag = lan.flag === undefined ? [] : [lan.flag]
  const what = ['type', lan.kind, 'mode', lan.mode, ...flag]
  await ip(lan, [
    'link',
    'add',
    'link',
    lan.parent,
    'name',
    link.name,
    'mtu',
    String(lan.mtu),
    ...mac,
    ...place,
    ...what,
  ])
}

/** Makes the parent where it was not there, and finds out whether the kernel takes such an interface upon it. */
export async function makeParent(lan: Lan): Promise<void> {
  const { parent, made } = lan
  if (made) {
    const peer = `dp-${parent.slice(3)}`
    const [add, names] =
      made.as === 'vlan'
        ? [['link', made.on, 'name', parent, 'type', 'vlan', 'id', String(made.vlan)], [parent]]
        : // One end of a wire that leads nowhere.
          [
            ['name', parent, 'type', 'veth', 'peer', 'name', peer],
            [parent, peer],
          ]
    await ip(lan, ['link', 'add', ...add], /File exists/)
    for (const name of names) await ip(lan, ['link', 'set', name, 'up'])
  }
}

export async function tryLanLink(lan: Lan): Promise<void> {
  const name = 'essaim-try'
  await addLanLink(lan, { name, mac: '' })
  await ip(lan, ['link', 'del', name])
}

export async function removeParent(lan: Lan): Promise<void> {
  if (lan.made) await ip(lan, ['link', 'del', lan.parent], /Cannot find device/)
}

async function ip(lan: Lan, args: string[], tolerate?: RegExp): Promise<void> {
  try {
    await run('ip', args)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : messageOf(error)
    if (tolerate?.test(said)) return
    if (/Unknown device type|not supported/.test(said)) {
      const type = lan.made?.as === 'vlan' && args.includes('vlan') ? 'VLAN (module 8021q)' : lan.kind
      throw unavailable('network.kernel', `operation not supported: this host's kernel has no ${type} interfaces`, {
        hint: 'Load the module or use a kernel that has it.',
        cause: error,
      })
    }
    throw internal('network.ip', `ip ${args.join(' ')}: ${said}`, { cause: error })
  }
}
