import { labels, options } from '../read/pairs.js'
import { anything } from '../read/reader.js'
import { record } from '../read/record.js'
import { text } from '../read/scalars.js'
import { external } from './external.js'

/** A volume of the file's own section. */
export const volume = record({
  name: text,
  driver: text,
  driver_opts: options,
  external,
  labels,
  'x-cluster-spec': anything,
})
