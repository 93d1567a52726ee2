import type { Service } from '@essaim/api-types'

export type Mode =
  | { kind: 'replicated'; replicas: number }
  | { kind: 'global' }
  | { kind: 'replicated-job'; concurrent: number; completions: number }
  | { kind: 'global-job' }

/** What the service asks for, with Docker's defaults: one replica, one completion, all of them at once. */
export function modeOf({ Spec }: Service): Mode {
  const { Replicated, Global, ReplicatedJob, GlobalJob } = Spec.Mode ?? {}
  if (Global !== undefined) return { kind: 'global' }
  if (GlobalJob !== undefined) return { kind: 'global-job' }
  if (ReplicatedJob !== undefined) {
    const completions = ReplicatedJob.TotalCompletions ?? ReplicatedJob.MaxConcurrent ?? 1
    return { kind: 'replicated-job', concurrent: ReplicatedJob.MaxConcurrent ?? 1, completions }
  }
  return { kind: 'replicated', replicas: Replicated?.Replicas ?? 1 }
}

/** A slot of such a service is a node, not a number. */
export function isGlobal(service: Service): boolean {
  const { kind } = modeOf(service)
  return kind === 'global' || kind === 'global-job'
}

export function isJob(service: Service): boolean {
  const { kind } = modeOf(service)
  return kind === 'replicated-job' || kind === 'global-job'
}
