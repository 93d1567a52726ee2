import type { Filters, StreamChunk, Task } from '@essaim/api-types'
import { type Call, segment } from '../call.js'
import { demultiplex, unframed } from '../streams/frames.js'
import { type LogQuery, logParameters } from './log-query.js'

export type TaskAnswer = Omit<Task, 'Internal'>

export class TasksClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<TaskAnswer[]> {
    return this.call.json('GET', '/tasks', { filters })
  }

  inspect(ref: string): Promise<TaskAnswer> {
    return this.call.json('GET', `/tasks/${segment(ref)}`)
  }

  async *logs(ref: string, query: LogQuery & { tty: boolean }, signal?: AbortSignal): AsyncGenerator<StreamChunk> {
    const options = { query: logParameters(query), ...(signal && { signal }) }
    const { body } = await this.call.answer('GET', `/tasks/${segment(ref)}/logs`, options)
    yield* query.tty ? unframed(body) : demultiplex(body)
  }
}
