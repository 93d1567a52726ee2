import type { Socket } from 'node:net'
import type { ExecCreateRequest } from '@essaim/api-types'
import type { Container } from '../container.js'

/** An exec from its creation until its container's run is over, or until it was asked for after its end. */
export interface Exec {
  id: string
  container: Container
  request: ExecCreateRequest
  state: 'created' | 'running' | 'exited'
  pid: number
  /** Null until it has ended. */
  exitCode: number | null
  stdin?: Socket
}
