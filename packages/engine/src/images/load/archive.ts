import { invalid } from '@essaim/base'
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import type { Containerd } from '../../containerd/index.js'
import { writeBlob, type WrittenBlob } from '../blobs.js'
import { decompressed } from './decompress.js'
import { explainTar } from './explain.js'

/** The largest JSON file that is read out of an archive. */
const largestDocument = 8 << 20

/**
 * The files of an image archive, each in the content store and known here by its name only: an archive may hold its
 * table of contents at the end, and is read once without ever holding a layer in memory.
 */
export class Archive {
  readonly #files = new Map<string, WrittenBlob>()
  readonly #links = new Map<string, string>()

  private constructor(private readonly containerd: Containerd) {}

  static async read(containerd: Containerd, tar: Readable, lease: string, signal: AbortSignal): Promise<Archive> {
    const archive = new Archive(containerd)
    const source = await decompressed(tar, signal)
    const entries = extract()
    source.on('error', (error) => entries.destroy(error))
    source.pipe(entries)
    try {
      for await (const entry of entries) {
        signal.throwIfAborted()
        await archive.#take(entry.header, entry as AsyncIterable<Buffer>, lease, signal)
        entry.resume()
      }
    } catch (error) {
      // Of a file that was being read when the archive broke only this is heard: why, its source knows.
      throw signal.aborted ? signal.reason : explainTar(source.errored ?? error)
    } finally {
      source.destroy()
    }
    return archive
  }

  /** Follows links; undefined when there is no such file. */
  file(name: string): WrittenBlob | undefined {
    let path = clean(name)
    // A chain of links as long as this is a circle.
    for (let hops = 0; hops < 40; hops++) {
      const target = this.#links.get(path)
      if (target === undefined) return this.#files.get(path)
      path = target
    }
    return undefined
  }

  /** A small file's content. Throws when it is absent. */
  async document(name: string): Promise<Buffer> {
    const file = this.file(name)
    if (!file) throw invalid('archive.missing', `open ${clean(name)}: no such file or directory`)
    if (file.size > largestDocument)
      throw invalid('archive.document', `${clean(name)} is too large: ${file.size} bytes`)
    return await this.containerd.content.readAll(file.digest)
  }

  async #take(header: Header, body: AsyncIterable<Buffer>, lease: string, signal: AbortSignal): Promise<void> {
    const name = clean(header.name)
    if (header.type === 'symlink') this.#links.set(name, clean(posix.join(posix.dirname(name), header.linkname ?? '')))
    else if (header.type === 'link') this.#links.set(name, clean(header.linkname ?? ''))
    else if (header.type === 'file' || header.type === 'contiguous-file' || header.type === null) {
      if ((header.size ?? 0) > 0) this.#files.set(name, await writeBlob(this.containerd, body, lease, signal))
    }
  }
}

/** Names as an archive's JSON refers to them, whatever leads them. */
const clean = (name: string): string => posix.normalize(`/${name}`).slice(1).replace(/\/$/, '')
