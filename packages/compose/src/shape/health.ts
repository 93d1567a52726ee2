import { problem, shown } from '../problem.js'
import { list, located, type Reader } from '../read/reader.js'
import { record } from '../read/record.js'
import { bool, duration, text, whole } from '../read/scalars.js'

const words = list(text)

/** A text is run by the container's shell. */
const test: Reader<string[]> = (node, spot) => {
  if (node.kind !== 'list') return ['CMD-SHELL', text(node, spot)]
  const found = words(node, spot)
  const [how] = found
  if (how !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(how)) {
    throw problem(node.at, spot.path, `${shown(how)} cannot begin a test; write CMD, CMD-SHELL or NONE before it`)
  }
  return found
}

export const healthcheck = record({
  disable: bool,
  interval: duration,
  retries: whole({ min: 0 }),
  test: located(test),
  timeout: duration,
  start_period: duration,
  start_interval: duration,
})
