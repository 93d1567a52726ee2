/** A blob and what it is. */
export interface Descriptor {
  mediaType: string
  /** `sha256:...`. */
  digest: string
  size: number
  annotations?: Record<string, string>
}

/** As mount(8) takes it. */
export interface Mount {
  type: string
  source: string
  target?: string
  options: string[]
}
