import type { Filters, LogsOptions, LogStream, Task } from '@essaim/api-types'

export type TaskAnswer = Omit<Task, 'Internal'>

export interface TasksBackend {
  list(filters: Filters): Promise<TaskAnswer[]>
  inspect(ref: string): Promise<TaskAnswer>
  logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream>
}
