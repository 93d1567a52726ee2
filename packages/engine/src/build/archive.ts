import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { decompressed } from '../images/load/decompress.js'

/** Whether a file is a tar, compressed or not: what `ADD` unpacks. */
export async function isArchive(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    if (isTarHeader(buffer.subarray(0, bytesRead))) return true
    const magic = [
      [0x1f, 0x8b],
      [0x42, 0x5a, 0x68],
      [0xfd, 0x37, 0x7a, 0x58],
      [0x28, 0xb5, 0x2f, 0xfd],
    ]
    if (!magic.some((bytes) => bytes.every((byte, index) => buffer[index] === byte))) return false
  } finally {
    await file.close()
  }
  const stop = new AbortController()
  const source = await decompressed(createReadStream(path), stop.signal)
  try {
    let head: Buffer = Buffer.alloc(0)
    for await (const chunk of source as AsyncIterable<Buffer>) {
      head = Buffer.concat([head, chunk])
      if (head.length >= 512) break
    }
    return isTarHeader(head)
  } catch {
    // What only looks compressed is copied as it is.
    return false
  } finally {
    source.on('error', () => {})
    stop.abort()
  }
}

const isTarHeader = (block: Buffer): boolean => block.length >= 512 && block.subarray(257, 262).toString() === 'ustar'
