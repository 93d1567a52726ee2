import type { ImageConfig } from '@essaim/api-types'
import { commandOf } from './config.js'
import { parseJsonForm, parsePairs, splitWords, expand, type Variables } from './words.js'
import type { Statement } from './statement.js'

/** What an instruction did, as the image's history tells it (`docker history`). */
export function describe({ name, text }: Statement, config: ImageConfig, variables: Variables): string {
  const shell = config.Shell ?? ['/bin/sh', '-c']
  return `${shell.join(' ')} #(nop) ${argumentsOf(name, text, config, variables)}`
}

function argumentsOf(name: string, text: string, config: ImageConfig, variables: Variables): string {
  const value = (word: string): string => expand(word, variables)
  switch (name) {
    case 'CMD':
    case 'ENTRYPOINT':
      return ` ${name} [${commandOf(config, text)
        .map((word) => JSON.stringify(word))
        .join(' ')}]`
    case 'ENV':
    case 'LABEL':
      return ` ${name} ${parsePairs(name, text)
        .map(([key, word]) => `${value(key)}=${value(word)}`)
        .join(' ')}`
    case 'VOLUME':
      return ` VOLUME [${(parseJsonForm(text) ?? splitWords(text)).map(value).join(' ')}]`
    case 'SHELL':
      return ` SHELL [${(parseJsonForm(text) ?? []).join(' ')}]`
    case 'EXPOSE':
      return ` EXPOSE ${splitWords(text).map(value).toSorted().join(' ')}`
    case 'USER':
    case 'STOPSIGNAL':
      return ` ${name} ${value(text)}`
    case 'WORKDIR':
      return `WORKDIR ${config.WorkingDir ?? '/'}`
    default:
      return ` ${name} ${text}`
  }
}
