import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { callbackify } from 'node:util'
import { DetachDetector } from './detach.js'

export interface StdinPipeOptions {
  /** The process's standard input; undefined when there will be none. */
  open: () => Promise<Socket | undefined>
  /** Called once all is written and the client has ended its side. */
  close?: () => Promise<void>
  detachKeys?: Buffer
  onDetach: () => void
}

/** A client's side of a process's standard input: waits for the process, and for its pace. */
export class StdinPipe extends Writable {
  readonly #detector: DetachDetector | undefined
  #socket: Promise<Socket | undefined> | undefined

  constructor(private readonly options: StdinPipeOptions) {
    super()
    if (options.detachKeys) this.#detector = new DetachDetector(options.detachKeys)
    // A client that leaves in the middle has nothing more to say; that is no error of ours.
    this.on('error', () => {})
  }

  override _write(data: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { forward, detached } = this.#detector?.feed(data) ?? { forward: data, detached: false }
    if (detached) this.options.onDetach()
    settle(this.#forward(forward), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    settle(this.#end(), done)
  }

  async #forward(data: Buffer): Promise<void> {
    const socket = await this.#open()
    if (!socket || socket.destroyed || data.length === 0) return
    await new Promise<void>((resolve) => socket.write(data, () => resolve()))
  }

  async #end(): Promise<void> {
    const { close } = this.options
    if (!close) return
    const socket = await this.#open()
    if (!socket) return
    // Both ends must go for the process to see the end: ours, and the shim's.
    await new Promise<void>((resolve) => {
      if (socket.destroyed) resolve()
      else socket.destroy().once('close', () => resolve())
    })
    await close()
  }

  #open(): Promise<Socket | undefined> {
    this.#socket ??= this.options.open()
    return this.#socket
  }
}

/** A promise as streams want it: a callback with or without an error. */
const settle = (work: Promise<void>, done: (error?: Error | null) => void): void => callbackify(() => work)(done)
