import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  ServerDuplexStream,
  ServerWritableStream,
} from '@grpc/grpc-js'
import { drained } from './connection.js'
import { toStatus } from './refusal.js'
import type { Caller, RpcServer } from './server.js'

/** Operations as gRPC's handlers: what they throw is the call's refusal. A signal is raised when the other side is gone. */
export class Serving {
  constructor(private readonly server: RpcServer) {}

  unary<Request, Response>(
    run: (request: Request, caller: Caller) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => void answer(async () => run(call.request, this.server.callerOf(call)), callback)
  }

  /** Items go as fast as the other side takes them. */
  stream<Request, Response>(
    run: (request: Request, caller: Caller, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => void pour(call, (signal) => run(call.request, this.server.callerOf(call), signal))
  }

  collect<Request, Response>(
    run: (requests: AsyncIterable<Request>, caller: Caller) => Promise<Response>,
  ): handleClientStreamingCall<Request, Response> {
    return (call, callback) =>
      void answer(async () => run(call as AsyncIterable<Request>, this.server.callerOf(call)), callback)
  }

  duplex<Request, Response>(
    run: (requests: AsyncIterable<Request>, caller: Caller, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleBidiStreamingCall<Request, Response> {
    return (call) =>
      void pour(call, (signal) => run(call as AsyncIterable<Request>, this.server.callerOf(call), signal))
  }
}

async function answer<Response>(run: () => Promise<Response>, reply: sendUnaryData<Response>): Promise<void> {
  let response: Response
  try {
    response = await run()
  } catch (error) {
    return reply(toStatus(error))
  }
  reply(null, response)
}

async function pour<Request, Response>(
  call: ServerWritableStream<Request, Response> | ServerDuplexStream<Request, Response>,
  open: (signal: AbortSignal) => AsyncIterable<Response>,
): Promise<void> {
  const gone = new AbortController()
  for (const event of ['cancelled', 'error', 'close']) call.on(event, () => gone.abort())
  try {
    for await (const item of open(gone.signal)) {
      if (gone.signal.aborted) return
      if (!call.write(item)) await drained(call)
    }
    call.end()
  } catch (error) {
    // Not `destroy`, with which the status would not be sent.
    call.emit('error', Object.assign(new Error(), toStatus(error)))
  }
}
