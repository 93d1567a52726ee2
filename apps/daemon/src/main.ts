import { existsSync } from 'node:fs'
import { createLogger, EssaimError, messageOf, type Logger } from '@essaim/base'
import { parseArguments } from './arguments.js'
import { readConfigFile } from './config-file.js'
import { helpText } from './help.js'
import { collectWhenQuiet } from './memory.js'
import type { Given } from './options.js'
import { preflight, thisMachine } from './preflight.js'
import { claimRoots } from './roots.js'
import { settingsOf, type Settings } from './settings.js'
import { version } from './version.js'

const defaultConfigFile = '/etc/essaim/daemon.json'

/** Runs the daemon until a signal ends it. Answers the exit code: 0, 1 for a failure, 125 for a wrong command line. */
export async function main(args: readonly string[]): Promise<number> {
  let flags: Given
  let settings: Settings
  try {
    flags = parseArguments(args)
    if (flags.get('help')?.[0] === 'true') return print(helpText())
    if (flags.get('version')?.[0] === 'true') return print(`Essaim version ${version}\n`)
    settings = readSettings(flags)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return error instanceof EssaimError && error.code === 'daemon.usage' ? 125 : 1
  }
  const findings = preflight(thisMachine, settings.containerd)
  if (findings.length > 0) {
    process.stderr.write(`essaimd cannot start:\n${findings.map((each) => `  ${each}\n`).join('')}`)
    return 1
  }
  return run(settings, () => readSettings(flags))
}

async function run(settings: Settings, reread: () => Settings): Promise<number> {
  let current = settings
  const logger = createLogger(() => current.logLevel)
  try {
    const release = claimRoots(settings)
    try {
      await serve(settings, () => (current = reread()), logger)
    } finally {
      release()
    }
    return 0
  } catch (error) {
    logger.error('failed to start daemon', { error: messageOf(error), cause: causeOf(error) })
    return 1
  }
}

async function serve(settings: Settings, reread: () => Settings, logger: Logger): Promise<void> {
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
  // What nobody caught is a fault of ours: the state on disk is sound at any line, so a fresh process is the cure.
  process.on('uncaughtException', (error: unknown) => {
    logger.error('essaimd failed', { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined })
    process.exit(1)
  })
  logger.info('starting', { version: version, dataRoot: settings.dataRoot, execRoot: settings.execRoot })
  // Loaded only now: help, version and refusals answer without the rest of the program.
  const { startDaemon } = await import('./wiring.js')
  const daemon = await startDaemon(settings, logger)
  collectWhenQuiet()
  process.on('SIGHUP', () => {
    try {
      daemon.reload(reread())
      logger.info('configuration read again')
    } catch (error) {
      logger.error('configuration not read again, the old one stays', { error: messageOf(error) })
    }
  })
  const signal = await ended
  logger.info('stopping; containers go on running', { signal })
  await daemon.close()
}

/** Without --config-file, the default file is read where it exists. */
function readSettings(flags: Given): Settings {
  const named = flags.get('config-file')?.[0]
  const path = named ?? defaultConfigFile
  const file: Given = named !== undefined || existsSync(path) ? readConfigFile(path) : new Map()
  return settingsOf(flags, file, path)
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
