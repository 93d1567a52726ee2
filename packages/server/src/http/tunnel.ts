import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Answer } from './answer.js'
import type { Call } from './call.js'
import { isHangUp } from './errors.js'
import { rawType } from './media.js'
import { headOf } from './session.js'

/** Gives the connection over to another one, byte by byte, until either is closed. */
export async function sendTunnel(
  call: Call,
  response: ServerResponse,
  { protocol, to }: Extract<Answer, { kind: 'tunnel' }>,
): Promise<void> {
  const socket = call.upgrade
  if (!socket) {
    to.destroy()
    return
  }
  const head = headOf(response, 'UPGRADED', { 'Content-Type': rawType, Connection: 'Upgrade', Upgrade: protocol })
  const end = (): void => void to.destroy()
  call.signal.addEventListener('abort', end, { once: true })
  try {
    await new Promise<void>((resolve, reject) => socket.write(head, (error) => (error ? reject(error) : resolve())))
    await Promise.all([pipeline(socket, to), pipeline(to, socket)])
  } catch (error) {
    // Who closes first breaks off the other way: that is how such a conversation ends.
    if (!call.signal.aborted && !isHangUp(error)) throw error
  } finally {
    call.signal.removeEventListener('abort', end)
    to.destroy()
    socket.destroy()
  }
}
