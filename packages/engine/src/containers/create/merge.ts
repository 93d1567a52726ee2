import type { ContainerConfig, HealthConfig, ImageConfig } from '@essaim/api-types'

/** What the user asked for, completed by the image's configuration; the user's word wins. */
export function mergeConfig(asked: ContainerConfig, image: ImageConfig): ContainerConfig {
  const out: ContainerConfig = { ...asked }
  if (!out.User && image.User) out.User = image.User
  if (!out.WorkingDir && image.WorkingDir) out.WorkingDir = image.WorkingDir
  if (!out.StopSignal && image.StopSignal) out.StopSignal = image.StopSignal
  if (!out.Shell?.length && image.Shell) out.Shell = image.Shell
  if (image.ExposedPorts) out.ExposedPorts = { ...image.ExposedPorts, ...out.ExposedPorts }
  if (image.Volumes) out.Volumes = { ...image.Volumes, ...out.Volumes }
  out.Labels = { ...image.Labels, ...out.Labels }
  out.Env = mergeEnvironment(out.Env ?? [], image.Env ?? [])
  if (!out.Entrypoint?.length) {
    if (!out.Cmd?.length && image.Cmd) out.Cmd = image.Cmd
    if (!out.Entrypoint && image.Entrypoint) out.Entrypoint = image.Entrypoint
  }
  // An entrypoint of one empty word takes the image's away.
  if (out.Entrypoint?.length === 1 && out.Entrypoint[0] === '') delete out.Entrypoint
  const health = mergeHealth(out.Healthcheck, image.Healthcheck)
  if (health) out.Healthcheck = health
  return out
}

function mergeEnvironment(asked: string[], image: string[]): string[] {
  const name = (pair: string): string => pair.split('=', 1)[0] ?? ''
  const names = new Set(asked.map(name))
  return [...asked, ...image.filter((pair) => !names.has(name(pair)))]
}

function mergeHealth(asked: HealthConfig | undefined, image: HealthConfig | undefined): HealthConfig | undefined {
  if (!asked || !image) return asked ?? image
  return {
    ...image,
    ...Object.fromEntries(
      Object.entries(asked).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== 0)),
    ),
  }
}
