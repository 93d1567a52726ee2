import type { ExecCreateRequest, ProcessConfig } from '@essaim/api-types'
import { type Call, segment } from '../call.js'
import { type Session, sessionOn } from '../session.js'

export interface ExecState {
  ID: string
  ContainerID: string
  Running: boolean
  ExitCode: number | null
  Pid: number
  ProcessConfig: ProcessConfig
}

export class ExecClient {
  constructor(private readonly call: Call) {}

  create(container: string, body: ExecCreateRequest): Promise<{ Id: string }> {
    return this.call.json('POST', `/containers/${segment(container)}/exec`, { body })
  }

  startDetached(id: string): Promise<void> {
    return this.call.done('POST', `/exec/${segment(id)}/start`, { body: { Detach: true, Tty: false } })
  }

  async start(id: string, options: { tty: boolean; size?: [height: number, width: number] }): Promise<Session> {
    const body = { Detach: false, Tty: options.tty, ...(options.size && { ConsoleSize: options.size }) }
    return sessionOn(await this.call.session('POST', `/exec/${segment(id)}/start`, { body }), options.tty)
  }

  resize(id: string, size: { h: number; w: number }): Promise<void> {
    return this.call.done('POST', `/exec/${segment(id)}/resize`, { query: size })
  }

  inspect(id: string): Promise<ExecState> {
    return this.call.json('GET', `/exec/${segment(id)}/json`)
  }
}
