import { invalid } from '@essaim/base'
import type { LogsOptions, LogStream } from '@essaim/api-types'
import { logSettings } from '../logs/options.js'
import { readLog } from '../logs/read.js'
import type { ContainerDeps } from './deps.js'

/** The container's log as it is, and with `follow` as it grows until the run is over. */
export async function containerLogs(
  deps: ContainerDeps,
  ref: string,
  options: LogsOptions,
  signal: AbortSignal,
): Promise<LogStream> {
  const { record, run } = deps.registry.find(ref)
  if (!options.stdout && !options.stderr) {
    throw invalid('logs.streams', 'Bad parameters: you must choose at least one stream')
  }
  if (!logSettings(record.host.LogConfig).file.keep) {
    throw invalid('logs.driver', 'configured logging driver does not support reading')
  }
  const live = run ? { log: run.output.log, ended: () => run.output.ended } : undefined
  return { tty: record.config.Tty === true, entries: readLog(deps.paths.log(record.id), options, live, signal) }
}
