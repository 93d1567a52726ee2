import { invalid } from '@essaim/base'
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Read by programs of their own, as they are not in Node: they run for archives in these formats only. */
const programs: { name: string; magic: Buffer; command: [string, ...string[]] }[] = [
  { name: 'xz', magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), command: ['xz', '-d', '-c', '-q'] },
  { name: 'zstd', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), command: ['zstd', '-d', '-c', '-q'] },
  { name: 'bzip2', magic: Buffer.from('BZh'), command: ['bzip2', '-d', '-c', '-q'] },
]

/** The archive without its compression, which is told by its first bytes. What is wrong with it its reader gets. */
export async function decompressed(source: Readable, signal: AbortSignal): Promise<Readable> {
  const plain = await plainOf(source, signal)
  // A failure that comes before anybody reads stays with the stream.
  plain.on('error', () => {})
  return plain
}

async function plainOf(source: Readable, signal: AbortSignal): Promise<Readable> {
  const [head, whole] = await peek(source, 6)
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const gunzip = createGunzip()
    whole.on('error', (error) => gunzip.destroy(error))
    return whole.pipe(gunzip)
  }
  const program = programs.find(({ magic }) => head.subarray(0, magic.length).equals(magic))
  return program ? throughProgram(program.name, program.command, whole, signal) : whole
}

async function peek(source: Readable, length: number): Promise<[Buffer, Readable]> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>
  const first: Buffer[] = []
  let have = 0
  while (have < length) {
    const { value, done } = await iterator.next()
    if (done === true) break
    first.push(value)
    have += value.length
  }
  const head = Buffer.concat(first)
  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head
    yield* iterator
  }
  return [head, Readable.from(whole(), { objectMode: false })]
}

function throughProgram(
  name: string,
  [command, ...args]: [string, ...string[]],
  source: Readable,
  signal: AbortSignal,
): Readable {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], signal })
  child.on('error', (cause) => {
    child.stdout.destroy(
      invalid('archive.compression', `cannot read the ${name} archive: ${command} does not run`, { cause }),
    )
  })
  child.on('exit', (code) => {
    if (code !== 0) child.stdout.destroy(invalid('archive.compression', `the archive is not valid ${name} data`))
  })
  // A program that has stopped reading has said why by its exit.
  child.stdin.on('error', () => {})
  source.on('error', (error) => child.stdout.destroy(error))
  return source.pipe(child.stdin) && child.stdout
}
