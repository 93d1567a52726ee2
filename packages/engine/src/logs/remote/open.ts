import type { LogSettings } from '../options.js'
import type { LogSource } from '../source.js'
import { BufferedSink } from './buffered.js'
import type { LogSink } from './sink.js'

/** The way to a log driver's receiver; undefined for drivers that only keep files. */
export function openSink(
  { remote, options, maxBuffer }: LogSettings,
  source: LogSource,
  lost: (error: Error) => void,
): LogSink | undefined {
  const sink = remote?.open(options, source, lost)
  return sink && maxBuffer !== undefined ? new BufferedSink(sink, maxBuffer, lost) : sink
}
