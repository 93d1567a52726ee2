import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { invalid } from '@essaim/base'
import type { DeviceMapping } from '@essaim/api-types'
import type { OciDevice, OciDeviceRule } from './types.js'

const rule = (type: string, major: number, minor: number): OciDeviceRule => ({
  allow: true,
  type,
  major,
  minor,
  access: 'rwm',
})

/** Docker's device rules of an ordinary container: null, zero, full, random, urandom, tty and console, nothing else. */
export const defaultDeviceRules: OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  rule('c', 1, 5),
  rule('c', 1, 3),
  rule('c', 1, 9),
  rule('c', 1, 8),
  rule('c', 5, 0),
  rule('c', 5, 1),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
]

export interface ResolvedDevices {
  devices: OciDevice[]
  rules: OciDeviceRule[]
}

/** Devices that were asked for by path; a folder gives all that is in it. */
export function mapDevices(mappings: DeviceMapping[]): ResolvedDevices {
  const out: ResolvedDevices = { devices: [], rules: [] }
  for (const { PathOnHost: from = '', PathInContainer: to = from, CgroupPermissions: access = 'rwm' } of mappings) {
    const found = devicesUnder(from, to)
    if (found.length === 0) {
      throw invalid(
        'container.device',
        `error gathering device information while adding custom device "${from}": ${why(from)}`,
      )
    }
    out.devices.push(...found)
    out.rules.push(...found.map(({ type, major, minor }) => ({ allow: true, type, major, minor, access })))
  }
  return out
}

/** `--device-cgroup-rule`: `c 188:* rw`. */
export function parseDeviceRule(text: string): OciDeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text)
  if (!match) throw invalid('container.device-rule', `invalid device cgroup rule format: '${text}'`)
  const [, type = 'a', major = '*', minor = '*', access = 'rwm'] = match
  return {
    allow: true,
    type,
    access,
    ...(major !== '*' && { major: Number(major) }),
    ...(minor !== '*' && { minor: Number(minor) }),
  }
}

/** All device nodes of the host, as a privileged container sees them. */
export function hostDevices(): OciDevice[] {
  return devicesUnder('/dev', '/dev')
}

/** The device number of a node, for limits by device. Throws when it is no device. */
export function deviceNumber(path: string): { major: number; minor: number } {
  const device = nodeAt(path, path)
  if (!device) throw invalid('container.device', why(path))
  return { major: device.major, minor: device.minor }
}

const ownFolders = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console'])

function devicesUnder(from: string, to: string): OciDevice[] {
  try {
    if (!statSync(from).isDirectory()) {
      const node = nodeAt(from, to)
      return node ? [node] : []
    }
  } catch {
    return []
  }
  return readdirSync(from).flatMap((name) => {
    const path = join(from, name)
    if (ownFolders.has(name) || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return []
    return devicesUnder(path, join(to, name))
  })
}

function nodeAt(from: string, to: string): OciDevice | undefined {
  const stat = statSync(from, { throwIfNoEntry: false })
  if (!stat || !(stat.isCharacterDevice() || stat.isBlockDevice())) return undefined
  // Linux's encoding of dev_t, as makedev(3) has it.
  const number = BigInt(stat.rdev)
  return {
    path: to,
    type: stat.isBlockDevice() ? 'b' : 'c',
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)),
    minor: Number((number & 0xffn) | ((number >> 12n) & ~0xffn & 0xffffffffn)),
    fileMode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
  }
}

function why(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) ? 'not a device node' : 'no such file or directory'
}
