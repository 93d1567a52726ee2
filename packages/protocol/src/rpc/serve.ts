import type { handleBidiStreamingCall, handleClientStreamingCall, handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js'
import { drained } from './connection.js'
import { toStatus } from './refusal.js'
import type { Caller, RpcServer } from './server.js'

/** Operations as gRPC's handlers: what they throw is the call's refusal. */
export class Serving {
  constructor(private readonly server: RpcServer) {}

  unary<Request, Response>(run: (request: Request, caller: Caller) => Promise<Response>): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const work = async (): Promise<Response> => run(call.request, this.server.callerOf(call))
      work().then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error)),
      )
    }
  }

  /** `run`'s items, as fast as the other side takes them; its signal is raised when that side is gone. */
  stream<Request, Response>(
    run: (request: Request, caller: Caller, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => {
      const gone = new AbortController()
      call.on('cancelled', () => gone.abort())
      call.on('error', () => gone.abort())
      const work = async (): Promise<void> => {
        for await (const item of run(call.request, this.server.callerOf(call), gone.signal)) {
          if (gone.signal.aborted) return
          if (!call.write(item)) await drained(call)
        }
      }
      work().then(
        () => call.end(),
        (error: unknown) => call.destroy(Object.assign(new Error(), toStatus(error))),
      )
    }
  }

  collect<Request, Response>(
    run: (requests: AsyncIterable<Request>, caller: Caller) => Promise<Response>,
  ): handleClientStreamingCall<Request, Response> {
    return (call, callback) => {
      const work = async (): Promise<Response> => run(call as AsyncIterable<Request>, this.server.callerOf(call))
      work().then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error)),
      )
    }
  }

  duplex<Request, Response>(
    run: (requests: AsyncIterable<Request>, caller: Caller, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleBidiStreamingCall<Request, Response> {
    return (call) => {
      const gone = new AbortController()
      call.on('cancelled', () => gone.abort())
      call.on('error', () => gone.abort())
      const work = async (): Promise<void> => {
        for await (const item of run(call as AsyncIterable<Request>, this.server.callerOf(call), gone.signal)) {
          if (gone.signal.aborted) return
          if (!call.write(item)) await drained(call)
        }
      }
      work().then(
        () => call.end(),
        (error: unknown) => call.destroy(Object.assign(new Error(), toStatus(error))),
      )
    }
  }
}
