import { problem, shown } from '../problem.js'
import { anything, list, located, type Read, type Reader } from '../read/reader.js'
import { record } from '../read/record.js'
import { bool, bytes, oneOf, text, whole } from '../read/scalars.js'
import { parseMount } from '../units/mount.js'

const long = record({
  type: oneOf('volume', 'bind', 'tmpfs', 'npipe', 'image', 'cluster'),
  source: text,
  target: text,
  read_only: bool,
  consistency: text,
  bind: record({ propagation: text, create_host_path: anything, selinux: anything, recursive: anything }),
  volume: record({ nocopy: bool, subpath: text }),
  tmpfs: record({ size: bytes, mode: whole({ min: 0 }) }),
  image: record({ subpath: text }),
  cluster: anything,
})

export type MountModel = Read<typeof long> & { type: NonNullable<Read<typeof long>['type']>; target: string }

const mount: Reader<MountModel> = (node, spot) => {
  if (node.kind === 'map') {
    const found = long(node, spot)
    const { type, target } = found
    if (type === undefined) throw problem(node.at, spot.path, 'type is missing: volume, bind, tmpfs or image')
    if (target === undefined) throw problem(node.at, spot.path, 'target is missing: the path in the container')
    return { ...found, type, target }
  }
  const spec = text(node, spot)
  const parsed = parseMount(spec)
  if (typeof parsed === 'string') throw problem(node.at, spot.path, `${shown(spec)} is not a volume: ${parsed}`)
  return parsed
}

export const mounts = list(located(mount))
