export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Record<string, string | number | boolean | undefined>

/** Structured log. Values never hold secrets: pass names and ids, not specs. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Logger
}

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** One line an entry in logfmt (`time=... level=... msg=... key=value`), the form that dockerd writes. */
export function createLogger(
  /** A function where the level may change while the process runs. */
  level: LogLevel | (() => LogLevel),
  write: (line: string) => void = (line) => process.stderr.write(line),
  bound: LogFields = {},
): Logger {
  const at =
    (entry: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (order[entry] < order[typeof level === 'function' ? level() : level]) return
      const all: LogFields = { time: new Date().toISOString(), level: entry, msg: message, ...bound, ...fields }
      const pairs = Object.entries(all).filter(([, value]) => value !== undefined)
      write(pairs.map(([key, value]) => `${key}=${quote(String(value))}`).join(' ') + '\n')
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLogger(level, write, { ...bound, ...fields }),
  }
}

const quote = (value: string): string => (/^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value))

export const silentLogger: Logger = createLogger('error', () => {})
