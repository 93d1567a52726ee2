import { methodOf, type Method } from './protocol.js'
import type { WriteRequest, WriteResponse } from './writer.js'

/**
 * Content.Write for one writer, with the requests that carry data encoded by hand: megabytes go through here, and the
 * general encoder copies each of them once more. They share a buffer, for each is answered before the next is sent.
 */
export function writeMethod(): Method<WriteRequest, WriteResponse> {
  const method = methodOf<WriteRequest, WriteResponse>('containerd.services.content.v1.Content', 'Write')
  let room = Buffer.alloc(0)
  const roomFor = (length: number): Buffer => {
    if (room.length < length) room = Buffer.allocUnsafeSlow(length)
    return room.subarray(0, length)
  }
  return {
    ...method,
    requestSerialize: (request) => encodeData(request, roomFor) ?? method.requestSerialize(request),
  }
}

/** The fields by number and wire type: action 1 (varint), ref 2 (bytes), offset 5 (varint), data 6 (bytes). */
export function encodeData(
  { action, ref = '', offset = 0, data, ...rest }: WriteRequest,
  roomFor: (length: number) => Buffer,
): Buffer | undefined {
  if (action !== 'WRITE' || !data || Object.keys(rest).length > 0) return undefined
  const name = Buffer.from(ref)
  const head = [
    0x08,
    0x01,
    0x12,
    ...varint(name.length),
    ...name,
    0x28,
    ...varint(offset),
    0x32,
    ...varint(data.length),
  ]
  const out = roomFor(head.length + data.length)
  out.set(head)
  data.copy(out, head.length)
  return out
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80)
  return [...bytes, value]
}
