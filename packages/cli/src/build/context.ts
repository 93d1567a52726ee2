import { IgnoreRules, invalid } from '@essaim/base'
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'

/** What is sent to be built from: a tar, and where the Dockerfile is in it. */
export interface Context extends AsyncDisposable {
  tar: AsyncIterable<Uint8Array>
  dockerfile: string
}

/** How an added Dockerfile is called in the context. */
const addedName = '.dockerfile.essaim'

/**
 * A folder as a context, without what its `.dockerignore` (or that of the Dockerfile) excludes. A Dockerfile that lies
 * elsewhere, or is given as `text`, is added.
 */
export async function folderContext(folder: string, file: string | undefined, text?: string): Promise<Context> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw invalid('cli.build', `there is no folder ${JSON.stringify(folder)}`, {
      hint: 'name the folder to build from',
    })
  }
  const path = resolve(file === undefined ? join(folder, 'Dockerfile') : file)
  const inside = relative(resolve(folder), path)
  const isInside = text === undefined && !inside.startsWith('..')
  if (text === undefined && !existsSync(path)) {
    throw invalid('cli.build', `there is no Dockerfile ${JSON.stringify(file ?? path)}`, {
      hint: 'name it with -f FILE',
    })
  }
  const rules = rulesOf(folder, text === undefined ? path : undefined)
  const dockerfile = isInside ? inside : addedName
  const kept = isInside ? [inside, '.dockerignore', `${inside}.dockerignore`] : []
  const names = [...wanted(folder, '', rules, new Set(kept))]
  if (isInside) return { tar: tarOf(folder, names), dockerfile, [Symbol.asyncDispose]: async () => {} }
  return await withDockerfile(folder, names, text ?? readFileSync(path, 'utf8'))
}

/** A Dockerfile alone, without anything to copy from. */
export async function textContext(text: string): Promise<Context> {
  return await withDockerfile(undefined, [], text)
}

async function withDockerfile(folder: string | undefined, names: string[], text: string): Promise<Context> {
  const added = await mkdtemp(join(tmpdir(), 'essaim-build-'))
  await writeFile(join(added, addedName), text)
  const tar = tarOf(folder ?? added, names, { folder: added, name: addedName })
  return { tar, dockerfile: addedName, [Symbol.asyncDispose]: () => rm(added, { recursive: true, force: true }) }
}

function rulesOf(folder: string, dockerfile: string | undefined): IgnoreRules {
  const lists = [...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]), join(folder, '.dockerignore')]
  const list = lists.find((path) => existsSync(path))
  return IgnoreRules.parse(list === undefined ? '' : readFileSync(list, 'utf8'))
}

/** What is sent, each folder before what is in it. Sockets and devices are none of it. */
function* wanted(root: string, folder: string, rules: IgnoreRules, kept: Set<string>): Generator<string> {
  for (const name of readdirSync(join(root, folder)).toSorted()) {
    const path = folder === '' ? name : `${folder}/${name}`
    const stat = lstatSync(join(root, path))
    const excluded = rules.excludes(path) && !kept.has(path)
    if (stat.isDirectory()) {
      if (!excluded) yield path
      const mayKeep = rules.mayKeepBelow(path) || [...kept].some((one) => one.startsWith(`${path}/`))
      if (!excluded || mayKeep) yield* wanted(root, path, rules, kept)
    } else if (!excluded && (stat.isFile() || stat.isSymbolicLink())) yield path
  }
}

async function* tarOf(
  folder: string,
  names: string[],
  added?: { folder: string; name: string },
): AsyncGenerator<Uint8Array> {
  const list = ['-C', resolve(folder), '--no-recursion', '--null', '--verbatim-files-from', '-T', '-']
  const more = added ? ['-C', added.folder, added.name] : []
  const args = ['-c', '-f', '-', '--owner=0', '--group=0', '--numeric-owner', ...list, ...more]
  const child = spawn('tar', args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2048)))
  const ended = new Promise<number | null>((settle, fail) => {
    child.on('error', fail)
    child.on('close', settle)
  })
  // Why it reads no further is said by its exit.
  child.stdin.on('error', () => {})
  child.stdin.end(names.map((name) => `${name}\0`).join(''))
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer
    if ((await ended) !== 0) throw invalid('cli.build', `cannot send ${folder}: ${said.trim()}`)
  } finally {
    child.kill()
  }
}
