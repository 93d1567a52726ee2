import { invalid } from '@essaim/base'
import { wordsOf } from './config.js'
import { parseHealthcheck } from './healthcheck.js'
import { readMounts } from './mounts/options.js'
import { parseError, readAt } from './parse-error.js'
import { flagOf, statementOf, type Statement } from './statement.js'
import { parseJsonForm, parsePairs, splitWords } from './words.js'

const flags: Record<string, string[]> = {
  FROM: ['platform'],
  COPY: ['from', 'chown', 'chmod', 'link', 'parents', 'exclude'],
  ADD: ['chown', 'chmod', 'link', 'exclude', 'checksum', 'keep-git-dir'],
  RUN: ['mount', 'network', 'security'],
}
const needOne = ['ENV', 'LABEL', 'ARG', 'EXPOSE', 'VOLUME', 'SHELL', 'ONBUILD']
const needExactlyOne = ['USER', 'WORKDIR', 'STOPSIGNAL', 'MAINTAINER']
/** Flags that say something by standing there. */
const plainFlags = ['link', 'parents', 'keep-git-dir']

/** Refuses what the text alone shows to be wrong, with its line: before the first step, nothing is half done. */
export function checkStatement(statement: Statement): void {
  const { name, text, line, escape } = statement
  checkFlags(statement)
  const empty = text === '' || (['VOLUME', 'SHELL'].includes(name) && parseJsonForm(text)?.length === 0)
  if (empty && needOne.includes(name)) throw parseError(line, `${name} requires at least one argument`)
  if (empty && needExactlyOne.includes(name)) throw parseError(line, `${name} requires exactly one argument`)
  switch (name) {
    case 'ENV':
    case 'LABEL':
      return readAt(line, () => void parsePairs(name, text, escape))
    case 'ARG':
      if (splitWords(text, escape).some((word) => word.startsWith('='))) {
        throw parseError(line, 'ARG names can not be blank')
      }
      return
    case 'SHELL':
      if (!parseJsonForm(text)) throw parseError(line, 'SHELL requires the arguments to be in JSON form')
      return
    case 'HEALTHCHECK':
      return readAt(line, () => void parseHealthcheck(text))
    case 'ONBUILD':
      return checkTrigger(statement)
    case 'COPY':
    case 'ADD':
      return checkCopy(statement)
    case 'RUN':
      return readAt(line, () => checkRun(statement))
  }
}

function checkFlags(statement: Statement): void {
  const { name, line } = statement
  for (const flag of statement.flags) {
    if (!flags[name]?.includes(flag.name)) throw parseError(line, `Unknown flag: ${flag.name}`)
    if ((flag.value ?? '') === '' && !plainFlags.includes(flag.name)) {
      throw parseError(line, `Missing a value on flag: ${flag.name}`)
    }
  }
}

function checkTrigger({ text, line, heredocs, escape }: Statement): void {
  const word = /^\S*/.exec(text)?.[0].toUpperCase() ?? ''
  if (word === 'ONBUILD') throw parseError(line, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (word === 'FROM' || word === 'MAINTAINER') throw parseError(line, `${word} isn't allowed as an ONBUILD trigger`)
  if (heredocs.length > 0) {
    throw parseError(line, 'a here-document is not kept by ONBUILD: copy a script, and run that')
  }
  checkStatement(statementOf(line, text, [], escape))
}

function checkCopy(statement: Statement): void {
  const { name, text, line, escape } = statement
  if (wordsOf(text, escape).length < 2) {
    const rule = `${name} requires at least two arguments, but only one was provided`
    throw parseError(line, `${rule}. Destination could not be determined`)
  }
  const chmod = flagOf(statement, 'chmod')
  if (chmod !== undefined && !chmod.includes('$')) readAt(line, () => void parseMode(chmod))
  const checksum = flagOf(statement, 'checksum')
  if (checksum !== undefined && !/^(\$|sha256:[0-9a-f]{64}$)/.test(checksum)) {
    throw parseError(line, `invalid checksum ${checksum}: sha256: and 64 digits in hexadecimal are allowed`)
  }
}

function checkRun(statement: Statement): void {
  readMounts(statement)
  const network = flagOf(statement, 'network')
  if (network !== undefined && !['default', 'none', 'host'].includes(network)) {
    throw invalid('build.network', `invalid network mode ${network}: default, none and host are allowed`)
  }
  const security = flagOf(statement, 'security')
  if (security !== undefined && security !== 'sandbox') {
    throw invalid('build.security', `RUN --security=${security} is not allowed: commands run in a sandbox only`)
  }
}

/** The value of `--chmod`. */
export function parseMode(text: string): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  throw invalid('build.chmod', `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`)
}
