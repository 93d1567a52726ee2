import {
  chmodSync,
  createWriteStream,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { execFile } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { invalid } from '@essaim/base'
import { extract, type Header } from 'tar-stream'
import { resolveIn } from './scope.js'

const run = promisify(execFile)

export interface UnpackOptions {
  /** Refuses to put a folder where a file is, and the other way round. */
  noOverwriteDirNonDir: boolean
  /** Gives everything to this user and group instead of the archive's. */
  owner?: { uid: number; gid: number }
}

/** Unpacks an archive at `folder` of the tree `root`; no link in either can lead out of the tree. */
export async function unpackTar(root: string, folder: string, tar: Readable, options: UnpackOptions): Promise<void> {
  const entries = extract()
  const reading = pipeline(tar, entries)
  reading.catch((error: Error) => entries.destroy(error))
  try {
    for await (const entry of entries) {
      await write(root, folder, entry.header, entry, options)
      entry.resume()
    }
    await reading
  } catch (error) {
    if (error instanceof Error && /tar|Unexpected end of data/.test(error.message)) {
      throw invalid('container.archive', `Error processing tar file: ${error.message}`, { cause: error })
    }
    throw error
  }
}

async function write(
  root: string,
  folder: string,
  header: Header,
  body: AsyncIterable<unknown>,
  options: UnpackOptions,
): Promise<void> {
  const inside = join('/', folder, join('/', header.name))
  const parent = resolveIn(root, dirname(inside))
  const name = basename(inside)
  const isRoot = inside === join('/', folder) || name === ''
  const target = isRoot ? resolveIn(root, inside) : resolveIn(root, join(parent.inside, name), 'keep')
  const isFolder = header.type === 'directory'
  if (target.stat && target.stat.isDirectory() !== isFolder) {
    if (options.noOverwriteDirNonDir) {
      throw invalid(
        'container.archive',
        isFolder
          ? `cannot overwrite non-directory "${target.path}" with directory "${folder}"`
          : `cannot overwrite directory "${target.path}" with non-directory "${folder}"`,
      )
    }
    rmSync(target.path, { recursive: true, force: true })
  } else if (target.stat && !isFolder) {
    rmSync(target.path, { force: true })
  }
  if (!parent.stat) mkdirSync(parent.path, { recursive: true })
  await make(root, target.path, header, body)
  const { uid, gid } = options.owner ?? { uid: header.uid ?? 0, gid: header.gid ?? 0 }
  if (header.type === 'link') return
  lchownSync(target.path, uid, gid)
  const mtime = header.mtime ?? new Date()
  if (header.type === 'symlink') return lutimesSync(target.path, mtime, mtime)
  if (header.mode !== undefined) chmodSync(target.path, header.mode & 0o7777)
  utimesSync(target.path, mtime, mtime)
}

async function make(root: string, path: string, header: Header, body: AsyncIterable<unknown>): Promise<void> {
  switch (header.type) {
    case 'directory':
      mkdirSync(path, { recursive: true })
      return
    case 'symlink':
      symlinkSync(header.linkname ?? '', path)
      return
    case 'link':
      linkSync(resolveIn(root, header.linkname ?? '', 'keep').path, path)
      return
    case 'character-device':
    case 'block-device': {
      const kind = header.type === 'block-device' ? 'b' : 'c'
      await run('mknod', ['--', path, kind, String(header.devmajor ?? 0), String(header.devminor ?? 0)])
      return
    }
    case 'fifo':
      await run('mkfifo', ['--', path])
      return
    case 'file':
    case 'contiguous-file':
    case undefined:
    case null:
      // 'wx': what was there is gone, and a link that appears meanwhile is not followed.
      await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
      return
    default:
      return
  }
}
