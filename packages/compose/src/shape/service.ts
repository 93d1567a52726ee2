import { environment, extraHosts, labels, options } from '../read/pairs.js'
import { list, located, mapping, oneOrMore, orEmpty, type Read, type Reader } from '../read/reader.js'
import { problem } from '../problem.js'
import { record } from '../read/record.js'
import { bool, command, duration, text, whole } from '../read/scalars.js'
import { deploy } from './deploy.js'
import { fileUses } from './files.js'
import { healthcheck } from './health.js'
import { forbidden, ignored } from './ignored.js'
import { image } from './image.js'
import { mounts } from './mounts.js'
import { networkUses } from './networks.js'
import { ports } from './ports.js'

const limit = record({ soft: whole({ min: -1 }), hard: whole({ min: -1 }) })

const ulimit: Reader<{ soft: number; hard: number }> = (node, spot) => {
  if (node.kind !== 'map') {
    const both = whole({ min: -1 })(node, spot)
    return { soft: both, hard: both }
  }
  const { soft, hard } = limit(node, spot)
  if (soft === undefined || hard === undefined) throw problem(node.at, spot.path, 'both soft and hard are needed')
  return { soft, hard }
}

const envFile = record({ path: text, required: bool, format: text })

/** Each as a path, with whether it must be there. */
const envFiles = oneOrMore(
  located<{ path: string; required: boolean }>((node, spot) => {
    if (node.kind !== 'map') return { path: text(node, spot), required: true }
    const { path, required = true } = envFile(node, spot)
    if (path === undefined) throw problem(node.at, spot.path, 'path is missing')
    return { path, required }
  }),
)

export const service = record(
  {
    cap_add: list(text),
    cap_drop: list(text),
    command,
    configs: fileUses,
    credential_spec: record({ config: text, file: text, registry: text }),
    deploy: orEmpty(deploy),
    dns: oneOrMore(text),
    dns_search: oneOrMore(text),
    entrypoint: command,
    env_file: envFiles,
    environment,
    extra_hosts: extraHosts,
    healthcheck,
    hostname: text,
    image: located(image),
    init: bool,
    isolation: text,
    labels,
    logging: record({ driver: text, options }),
    networks: networkUses,
    oom_score_adj: whole({ min: -1000, max: 1000 }),
    ports,
    profiles: list(text),
    read_only: bool,
    restart: located(text),
    secrets: fileUses,
    stdin_open: bool,
    stop_grace_period: duration,
    stop_signal: text,
    sysctls: labels,
    tty: bool,
    ulimits: mapping(ulimit),
    user: text,
    volumes: mounts,
    working_dir: text,
  },
  { forbidden, ignored },
)

export type ServiceModel = Read<typeof service>
