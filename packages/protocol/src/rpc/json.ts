/** Objects of the cluster on the wire: as they are stored. */
export const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

export const fromJson = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T
