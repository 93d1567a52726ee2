import { problem, shown } from '../problem.js'
import { inside, located, mapOf, orEmpty, type Located, type Read, type Reader } from '../read/reader.js'
import { record } from '../read/record.js'
import { text } from '../read/scalars.js'
import { fileObject } from './files.js'
import { network } from './networks.js'
import { service, type ServiceModel } from './service.js'
import { volume } from './volumes.js'

export type NetworkModel = Read<typeof network>
export type VolumeModel = Read<typeof volume>
export type FileModel = Read<typeof fileObject>

/** `3`, `3.0` to `3.13`, or none at all. */
const version: Reader<string> = (node, spot) => {
  const found = node.kind === 'scalar' ? node.text : ''
  if (/^(|3|3\.([0-9]|1[0-3]))$/.test(found)) return found
  throw problem(node.at, spot.path, `unsupported Compose file version ${shown(found)}`, 'leave the line out')
}

/** A section: names of the user's choice, of letters, digits, dots, dashes and underscores. */
function section<T>(reader: Reader<T>): Reader<Record<string, Located<T>>> {
  return (node, spot) => {
    const named = [...mapOf(node, spot).entries].filter(([name]) => !name.startsWith('x-'))
    return Object.fromEntries(
      named.map(([name, { at, value }]) => {
        const here = inside(spot, `.${name}`)
        if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
          throw problem(
            at,
            here.path,
            `${shown(name)} is not a name; use letters, digits, dots, dashes and underscores`,
          )
        }
        return [name, { value: reader(value, here), at, path: here.path }]
      }),
    )
  }
}

const nullable = <T extends object>(reader: Reader<T>): Reader<T> => {
  const inner = orEmpty(reader)
  return (node, spot) => inner(node, spot) ?? ({} as T)
}

export const composeFile = record({
  version,
  name: located(text),
  services: section<ServiceModel>(service),
  networks: section<NetworkModel>(nullable(network)),
  volumes: section<VolumeModel>(nullable(volume)),
  secrets: section<FileModel>(fileObject),
  configs: section<FileModel>(fileObject),
})

export type ComposeModel = Read<typeof composeFile>
