import { invalid } from '@essaim/base'

/** Throws Docker's message, which begins with what was asked. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    const why = 'volume name is too short, names should be at least two alphanumeric characters'
    throw invalid('volume.name', `create ${name}: ${why}`)
  }
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return
  const why = `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`
  throw invalid('volume.name', `create ${name}: ${why}`)
}
