import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { internal } from '@essaim/base'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts values at rest with AES-256-GCM. The place of a value is authenticated with it, so that one cannot be put
 * where another was. Sealed form: nonce, tag, ciphertext.
 */
export class Seal {
  constructor(private readonly key: Buffer) {}

  seal(place: string, plain: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.key, nonce).setAAD(Buffer.from(place))
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body])
  }

  /** Throws when the key is another one or the value was changed. */
  open(place: string, sealed: Buffer): string {
    const decipher = createDecipheriv(algorithm, this.key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      return decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch (cause) {
      throw internal('store.sealed', `the stored value ${place} cannot be decrypted`, {
        hint: 'the key file beside the store is not the one that it was written with, or the store is damaged',
        cause,
      })
    }
  }
}

/** The key in `path`, made (mode 0600) and on disk before it returns where there is none and `create` allows it. */
export function keyFile(path: string, create: boolean): Buffer {
  try {
    return checked(path, readFileSync(path))
  } catch (error) {
    if (!create || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = randomBytes(32)
  writeKeyFile(path, key, 'wx')
  return key
}

/** On disk before it returns, for its owner only. */
export function writeKeyFile(path: string, key: Buffer, flags: 'w' | 'wx' = 'w'): void {
  const file = openSync(path, flags, 0o600)
  try {
    writeSync(file, key)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function checked(path: string, key: Buffer): Buffer {
  if (key.length === 32) return key
  throw internal('store.key', `the key file ${path} holds ${key.length} bytes instead of 32`)
}
