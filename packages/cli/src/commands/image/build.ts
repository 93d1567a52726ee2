import type { ProgressMessage } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { BuildQuery } from '@essaim/client'
import { writeFileSync } from 'node:fs'
import { allLogins } from '../../auth/registry.js'
import { folderContext, textContext } from '../../build/context.js'
import { readInput } from '../../build/input.js'
import { secretsOf } from '../../build/secrets.js'
import { command } from '../../core/command.js'
import type { Context } from '../../core/context.js'
import { bool, list, text, type FlagValues } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'
import { showProgress } from '../../progress/pull.js'
import { memoryOf } from '../../specs/container.js'

const flags = {
  tag: list('Name of the image, with a tag or without', { short: 't', value: 'NAME[:TAG]' }),
  file: text('The Dockerfile; - for standard input (default PATH/Dockerfile)', { short: 'f', value: 'FILE' }),
  'build-arg': list('Value of an ARG; of the environment without a value', { value: 'NAME[=VALUE]' }),
  secret: list('What RUN --mount=type=secret may ask for', { value: 'id=ID,src=FILE' }),
  label: list('Label of the image', { value: 'NAME=VALUE' }),
  target: text('Build up to this stage', { value: 'STAGE' }),
  platform: text('Platform of the image', { value: 'OS/ARCH' }),
  network: text('Network of the commands that run', { value: 'NETWORK' }),
  'add-host': list('Host that commands know', { value: 'NAME:ADDRESS' }),
  'cache-from': list('Image whose steps may be taken', { value: 'IMAGE' }),
  memory: text('How much memory a command may use, such as 64m', { short: 'm', value: 'SIZE' }),
  'no-cache': bool('Do every step again'),
  pull: bool('Pull newer base images'),
  iidfile: text('Write the id of the image into this file', { value: 'FILE' }),
  quiet: bool('Print the id alone', { short: 'q' }),
}

export default command({
  usage: '[OPTIONS] PATH|URL|-',
  about: 'Build an image from a Dockerfile and a folder, a git repository, an archive by its URL, or standard input.',
  examples: [
    'essaim build -t web .',
    'essaim build -t web --secret id=token,src=token.txt .',
    'essaim build https://example.org/web.git#main:docker',
  ],
  flags,
  args: [1, 1],
  async run(context, given, [place = '']) {
    const query = queryOf(context, given)
    let id = ''
    let code = 1
    async function* noted(messages: AsyncIterable<ProgressMessage>): AsyncGenerator<ProgressMessage> {
      for await (const message of messages) {
        code = message.errorDetail?.code ?? code
        if (given.quiet && message.stream?.startsWith('sha256:')) id = message.stream.trim()
        if (isId(message.aux)) id = message.aux.ID
        else if (message.aux === undefined) yield message
      }
    }
    try {
      await showProgress(context, noted(start(context, place, given.file, query)))
    } catch (error) {
      // A command that failed gives its exit code.
      if (code === 1) throw error
      context.warn(error instanceof Error ? error.message : String(error))
      return code
    }
    if (given.iidfile !== undefined) writeFileSync(given.iidfile, id)
    return 0
  },
})

async function* start(
  context: Context,
  place: string,
  file: string | undefined,
  query: BuildQuery,
): AsyncGenerator<ProgressMessage> {
  const { build } = context.client
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(place)) {
    yield* build.build(undefined, { ...query, remote: place, ...(file !== undefined && { dockerfile: file }) })
    return
  }
  if (place === '-' && file === '-') {
    throw invalid('cli.build', 'standard input cannot be both the context and the Dockerfile')
  }
  const input = place === '-' || file === '-' ? await readInput(context.input) : undefined
  if (place === '-' && input && 'archive' in input) {
    yield* build.build(input.archive, { ...query, ...(file !== undefined && { dockerfile: file }) })
    return
  }
  if (input && !('text' in input)) throw invalid('cli.build', 'a Dockerfile is text: standard input is an archive')
  await using sent = await (place === '-' ? textContext(input?.text ?? '') : folderContext(place, file, input?.text))
  yield* build.build(sent.tar, { ...query, dockerfile: sent.dockerfile })
}

function queryOf({ env }: Context, given: FlagValues<typeof flags>): BuildQuery {
  const args = given['build-arg'].map((pair): [string, string | null] => {
    const at = pair.indexOf('=')
    return at < 0 ? [pair, env[pair] ?? null] : [pair.slice(0, at), pair.slice(at + 1)]
  })
  const { target, platform, network, memory } = given
  return {
    tags: given.tag,
    args: Object.fromEntries(args),
    labels: pairsOf(given.label),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(network !== undefined && { network }),
    ...(memory !== undefined && { memory: memoryOf(memory) }),
    extraHosts: given['add-host'],
    cacheFrom: given['cache-from'],
    noCache: given['no-cache'],
    pull: given.pull,
    quiet: given.quiet,
    auths: allLogins(env),
    ...(given.secret.length > 0 && { secrets: secretsOf(given.secret, env) }),
  }
}

const isId = (aux: unknown): aux is { ID: string } =>
  typeof aux === 'object' && aux !== null && 'ID' in aux && typeof aux.ID === 'string'
