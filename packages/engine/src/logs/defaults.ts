import { invalid, messageOf } from '@essaim/base'
import { logSettings, type LogConfig } from './options.js'

/** What a container's log is unless it says otherwise. */
export interface LogDefaults {
  driver: string
  /** For every container with that driver, where it does not set them itself. */
  options: Record<string, string>
}

export const jsonFile: LogDefaults = { driver: 'json-file', options: {} }

/** A container's log configuration with what the daemon adds to it. */
export function completeLog(asked: LogConfig | undefined, { driver, options }: LogDefaults): LogConfig {
  // What the schema names is less than what plugins of Docker's may be called.
  const Type = (asked?.Type || driver) as NonNullable<LogConfig['Type']>
  return { Type, Config: Type === driver ? { ...options, ...asked?.Config } : (asked?.Config ?? {}) }
}

/** Throws, naming the flag, when no container could be made with them. */
export function checkDefaults(defaults: LogDefaults = jsonFile): LogDefaults {
  try {
    logSettings(completeLog(undefined, defaults))
  } catch (error) {
    throw invalid('daemon.log-driver', `failed to set log opts: ${messageOf(error)} (--log-driver, --log-opt)`, {
      cause: error,
    })
  }
  return defaults
}
