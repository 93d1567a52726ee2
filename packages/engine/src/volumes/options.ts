import { invalid, messageOf, unavailable } from '@essaim/base'
import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)
const known = ['type', 'device', 'o', 'size']

/** Throws Docker's messages for the options of its local driver. */
export function checkOptions(name: string, options: Record<string, string>): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown !== undefined) throw invalid('volume.option', `create ${name}: invalid option: "${unknown}"`)
  if (options.size !== undefined) {
    throw invalid('volume.option', `create ${name}: quota size requested but no quota support`)
  }
  if (Object.keys(options).length === 0) return
  const missing = ['device', 'type'].find((key) => !options[key])
  if (missing !== undefined) {
    throw invalid('volume.option', `create ${name}: missing required option: "${missing}"`)
  }
}

/** Flags of mount(2) by the name that mount(8) gives them. */
const flags: Record<string, number> = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  sync: 16,
  remount: 32,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  rbind: 4096 | 16384,
}

/** Mounts what the options say at `target`; throws Docker's message. Does nothing when something is mounted there. */
export async function mountOptions(options: Record<string, string>, target: string): Promise<void> {
  if (await isMounted(target)) return
  const { type = '', device = '' } = options
  const words = (options.o ?? '').split(',').filter((word) => word !== '')
  const data = await Promise.all(words.map(withAddress))
  try {
    if (words.includes('bind') || words.includes('rbind')) await stat(device)
    // Without mount's helper programs, as Docker's engine does it: a host needs no nfs-common for an NFS volume.
    const o = data.length > 0 ? ['-o', data.join(',')] : []
    await run('mount', ['-i', '-t', type, ...o, '--', device, target])
  } catch (cause) {
    const bits = words.reduce((sum, word) => sum | (flags[word] ?? 0), 0)
    const rest = words.filter((word) => flags[word] === undefined).join(',')
    const said = `${bits === 0 ? '' : `, flags: 0x${bits.toString(16)}`}${rest === '' ? '' : `, data: ${rest}`}`
    const what = `mount ${device}:${target}${said}`
    const why = type === 'none' && bits === 0 ? 'no such device' : reason(cause)
    throw unavailable('volume.mount', `failed to mount local volume: ${what}: ${why}`, { cause })
  }
}

export async function unmountOptions(target: string): Promise<void> {
  if (await isMounted(target)) await run('umount', ['--', target])
}

async function isMounted(target: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  // The kernel writes blanks and backslashes of a path in octal.
  const escaped = target.replace(/[\\ \t\n]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return mounts.split('\n').some((line) => line.split(' ')[4] === escaped)
}

/** NFS in the kernel wants its server's address, not its name. */
async function withAddress(word: string): Promise<string> {
  const host = /^addr=(.+)$/.exec(word)?.[1]
  if (host === undefined || isIP(host)) return word
  const found = await lookup(host).catch((cause: unknown) => {
    const why = `lookup ${host}: ${messageOf(cause)}`
    throw unavailable('volume.address', `error resolving passed in network volume address: ${why}`, { cause })
  })
  return `addr=${found.address}`
}

function reason(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'no such file or directory'
  const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
  const [first = ''] = stderr.split('\n')
  if (first === '') return messageOf(cause)
  return errnoWords.find(([said]) => said.test(first))?.[1] ?? first.replace(/^mount: [^:]*: /, '').replace(/\.$/, '')
}

/** What mount(8) says at length, in the kernel's words, which are Docker's. */
const errnoWords: [RegExp, string][] = [
  [/special device .* does not exist|No such file or directory/, 'no such file or directory'],
  [/unknown filesystem type/, 'no such device'],
  [/is not a block device/, 'block device required'],
  [/wrong fs type, bad option, bad superblock/, 'invalid argument'],
  [/already mounted|busy/, 'device or resource busy'],
  [/permission denied/i, 'permission denied'],
  [/Connection refused/, 'connection refused'],
  [/Connection timed out/, 'connection timed out'],
]
