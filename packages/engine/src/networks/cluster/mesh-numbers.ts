/**
 * What a node's number is in packets. 4094 nodes have one (twelve bits without 0 and the last).
 *
 * | what                 | where                            | width                                        |
 * | -------------------- | -------------------------------- | -------------------------------------------- |
 * | address of its card  | frames of the ingress network    | 02:e5:00:00:NN:NN                            |
 * | next hop             | routes, never in a packet        | 169.254.N.N, on the mesh's device only       |
 * | mark                 | packets and connections          | bit 28 set, bits 16 to 27                    |
 * | zone                 | connections that came through it | 1 to 4094; containers and services lie above |
 */
export function cardOf(number: number): string {
  const [high, low] = [number >> 8, number & 0xff].map((byte) => byte.toString(16).padStart(2, '0'))
  return `02:e5:00:00:${high}:${low}`
}

export function hopOf(number: number): string {
  return `169.254.${number >> 8}.${number & 0xff}`
}

export const meshMark = 0x10000000

export function markOf(number: number): string {
  return `0x${(meshMark | (number << 16)).toString(16)}`
}

/** The next hop of answers: whose it really is the mark says, when the frame leaves. */
export const answersHop = hopOf(0xfff)
export const answersCard = cardOf(0xfff)

/** The table of routes, and the place of the rule that leads to it. */
export const answersTable = 4789
