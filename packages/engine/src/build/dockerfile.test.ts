import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDockerfile } from './dockerfile.js'
import { readStages } from './stages.js'

const read = async (text: string | Buffer): Promise<ReturnType<typeof readStages>> =>
  readStages((await parseDockerfile(Buffer.from(text), 'Dockerfile')).statements, undefined)

void test('instructions over several lines, comments between, here-documents, another escape character', async () => {
  const file = await parseDockerfile(
    Buffer.from(
      '# escape=`\nFROM a AS b\nRUN --network=none x `\n  # c\n\n  y\nCOPY <<E <<-"F" /d/\n$x\nE\n\ty\n\tF\n',
    ),
    'Dockerfile',
  )
  const [from, run, copy] = file.statements
  assert.deepEqual([from?.text, run?.text, run?.line, run?.escape], ['a AS b', 'x   y', 3, '`'])
  assert.deepEqual(run?.flags, [{ name: 'network', value: 'none' }])
  assert.deepEqual(copy?.heredocs, [
    { name: 'E', content: '$x\n', expand: true },
    { name: 'F', content: 'y\n', expand: false },
  ])
  assert.match(file.warnings.join(''), /Empty continuation line found in:\n {4}RUN --network=none x {3}y\n/)
})

void test('stages, and how they are named', async () => {
  const { globals, stages } = await read('ARG v=1\nFROM --platform=$P a AS One\nENV x=y\nFROM one\n')
  assert.deepEqual([globals.length, stages.length, stages[0]?.name, stages[0]?.platform], [1, 2, 'one', '$P'])
})

/** What each line is refused with, as line 2 of a file. */
const refused: [string, string | RegExp][] = [
  ['RUM x', 'unknown instruction: RUM'],
  ['ENV', 'ENV requires at least one argument'],
  ['ENV a', 'ENV must have two arguments'],
  ['ENV =x', 'ENV names can not be blank'],
  ['ENV a=b c', /^Syntax error - can't find = in "c"/],
  ['ARG =x', 'ARG names can not be blank'],
  ['USER', 'USER requires exactly one argument'],
  ['VOLUME []', 'VOLUME requires at least one argument'],
  ['SHELL /bin/sh', 'SHELL requires the arguments to be in JSON form'],
  ['CMD --foo x', 'Unknown flag: foo'],
  ['COPY --from a /b', 'Missing a value on flag: from'],
  ['COPY a', /^COPY requires at least two arguments/],
  ['COPY --chmod=x a b', /^invalid chmod parameter: 'x'/],
  ['ADD --checksum=md5:1 a b', /^invalid checksum md5:1/],
  ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
  ['ONBUILD COPY x', /^COPY requires at least two arguments/],
  ['HEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
  ['HEALTHCHECK --interval=1 CMD x', 'time: invalid duration "1"'],
  ['HEALTHCHECK --timeout=1us CMD x', 'Interval "timeout" cannot be less than 1ms'],
  ['RUN --mount=type=ssh x', /is not supported/],
  ['RUN --mount=type=cache,target=/c,mode=9 x', 'invalid value 9 for mode'],
  ['RUN --security=insecure x', /is not allowed/],
  ['FROM x AS', 'FROM requires either one or three arguments'],
  ['FROM x AS base', 'base: a stage name already used'],
  ['RUN \0', 'a NUL byte: this is no text'],
  [`RUN ${'x'.repeat(10 << 17)}`, /1048576 are allowed/],
  [`RUN ${'x'.repeat(70_000)}`, 'dockerfile line greater than maximum allowed size of 65535'],
]

void test('what is wrong is said with its line, before anything is done', async () => {
  for (const [line, why] of refused) {
    const error = await read(`FROM a AS base\n${line}\n`).then(
      () => assert.fail(`${line.slice(0, 80)} was taken`),
      (thrown: unknown) => thrown as Error,
    )
    const [, told = error.message] = /^dockerfile parse error line 2: ([\s\S]*)$/.exec(error.message) ?? []
    if (typeof why === 'string') assert.equal(told, why, line.slice(0, 80))
    else assert.match(told, why, line.slice(0, 80))
  }
  await assert.rejects(read('\n \n'), /cannot be empty/)
  await assert.rejects(read('# x\n'), /file with no instructions/)
  await assert.rejects(read('RUN x\n'), /line 1: no build stage in current context/)
  await assert.rejects(read(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 10])), /line 1: a NUL byte/)
})
