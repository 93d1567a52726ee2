import { status, type ServiceError } from '@grpc/grpc-js'

/** gRPC's status by name, such as `NOT_FOUND`. */
export type ContainerdCode = keyof typeof status

/** What containerd refused, or why it could not be asked. `message` is containerd's own text. */
export class ContainerdError extends Error {
  override readonly name = 'ContainerdError'

  constructor(
    readonly code: ContainerdCode,
    message: string,
    /** Such as `Tasks.Start`. */
    readonly call: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

export function isCode(error: unknown, ...codes: ContainerdCode[]): error is ContainerdError {
  return error instanceof ContainerdError && codes.includes(error.code)
}

/** For removals, where somebody else may have been first. */
export async function tolerate(work: Promise<unknown>, ...codes: ContainerdCode[]): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isCode(error, ...codes)) throw error
  }
}

/** `path` is gRPC's, `/package.Service/Method`. */
export function toContainerdError(error: unknown, path: string): Error {
  const call = path.slice(path.lastIndexOf('.') + 1).replace('/', '.')
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error))
  const code = (status[error.code] ?? 'UNKNOWN') as ContainerdCode
  return new ContainerdError(code, error.details, call, { cause: error })
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number'
}
