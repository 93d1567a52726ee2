import { status, type ServiceError } from '@grpc/grpc-js'

/** gRPC's status by name, such as `UNAVAILABLE`. */
export type EtcdCode = keyof typeof status

/** What etcd refused, or why it could not be asked. `message` is etcd's own text. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError'

  constructor(
    readonly code: EtcdCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** What was asked may have been done nevertheless, and may be done when it is asked again. */
export function isUnsure(error: unknown): boolean {
  return error instanceof EtcdError && ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'UNKNOWN'].includes(error.code)
}

export function toEtcdError(error: unknown): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error))
  return new EtcdError((status[error.code] ?? 'UNKNOWN') as EtcdCode, error.details, { cause: error })
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number'
}
