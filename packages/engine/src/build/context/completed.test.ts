import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { completed } from './completed.js'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

void test('a tar without its end gets one, however it comes; one that breaks off within a file does not', async () => {
  const tar = pack()
  tar.entry({ name: 'folder/', type: 'directory' })
  tar.entry({ name: 'link', type: 'symlink', linkname: 'folder' })
  tar.entry({ name: 'a' }, Buffer.alloc(1000, 'a'))
  tar.entry({ name: 'b' }, Buffer.alloc(40, 'b'))
  tar.finalize()
  const whole = await buffer(tar)
  const cut = whole.subarray(0, whole.length - 1024 - (512 - 40))
  for (const size of [1, 100, 512, 1 << 20]) {
    assert.ok((await buffer(completed(inPieces(whole, size)))).equals(whole), `${size}`)
    assert.ok((await buffer(completed(inPieces(cut, size)))).equals(whole), `${size}`)
    const broken = cut.subarray(0, cut.length - 1)
    assert.ok((await buffer(completed(inPieces(broken, size)))).equals(broken), `${size}`)
  }
})
