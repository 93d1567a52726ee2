import { conflict, internal, invalid, notFound, notImplemented, type EssaimError } from '@essaim/base'

/** The refusals of swarmkit's control API, whose gRPC status Docker's users read in front of the message. */
const rpc = (status: string, message: string): string => `rpc error: code = ${status} desc = ${message}`

export const invalidArgument = (code: string, message: string): EssaimError =>
  invalid(code, rpc('InvalidArgument', message))

export const failedPrecondition = (code: string, message: string): EssaimError =>
  invalid(code, rpc('FailedPrecondition', message))

export const alreadyExists = (code: string, message: string): EssaimError =>
  conflict(code, rpc('AlreadyExists', message))

export const unimplemented = (code: string, message: string): EssaimError =>
  notImplemented(code, rpc('Unimplemented', message))

/** What swarmkit answers without a status of its own; Docker makes it a 500. */
export const unknown = (code: string, message: string): EssaimError => internal(code, rpc('Unknown', message))

export const outOfSequence = (): EssaimError => unknown('store.sequence', 'update out of sequence')

export const absent = (noun: string, ref: string): EssaimError =>
  notFound(`${noun}.not-found`, `${noun} ${ref} not found`)
