import type { ImageConfig } from '@essaim/api-types'
import { commandOf, wordsOf } from './config.js'
import { expand, type Variables } from './expand.js'
import { describeHealthcheck } from './healthcheck.js'
import type { Statement } from './statement.js'
import { parseJsonForm, parsePairs, splitWords } from './words.js'

/** What an instruction did, as the image's history tells it (`docker history`). */
export function describe({ name, text, escape }: Statement, config: ImageConfig, variables: Variables): string {
  const shell = config.Shell ?? ['/bin/sh', '-c']
  return `${shell.join(' ')} #(nop) ${argumentsOf(name, text, config, (word) => expand(word, variables, escape), escape)}`
}

function argumentsOf(
  name: string,
  text: string,
  config: ImageConfig,
  value: (word: string) => string,
  escape: string,
): string {
  switch (name) {
    case 'CMD':
    case 'ENTRYPOINT':
      return ` ${name} [${commandOf(config, text)
        .map((word) => JSON.stringify(word))
        .join(' ')}]`
    case 'ENV':
    case 'LABEL':
      return ` ${name} ${parsePairs(name, text, escape)
        .map(([key, word]) => `${value(key)}=${value(word)}`)
        .join(' ')}`
    case 'VOLUME':
      return ` VOLUME [${wordsOf(text, escape).map(value).join(' ')}]`
    case 'SHELL':
      return ` SHELL [${(parseJsonForm(text) ?? []).join(' ')}]`
    case 'EXPOSE':
      return ` EXPOSE ${splitWords(text, escape).map(value).toSorted().join(' ')}`
    case 'HEALTHCHECK':
      return ` HEALTHCHECK ${describeHealthcheck(config.Healthcheck ?? {})}`
    case 'USER':
    case 'STOPSIGNAL':
      return ` ${name} ${value(text)}`
    case 'WORKDIR':
      return `WORKDIR ${config.WorkingDir ?? '/'}`
    default:
      return ` ${name} ${text}`
  }
}
