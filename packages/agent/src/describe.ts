import type { NodeDescription, SystemInfo, TLSInfo } from '@essaim/api-types'

/** What a node tells of itself, out of what its engine says. */
export function describeNode(info: SystemInfo, tls: TLSInfo | undefined): NodeDescription {
  const { Plugins: plugins = {} } = info
  const named = (type: 'Log' | 'Network' | 'Volume'): { Type: string; Name: string }[] =>
    (plugins[type] ?? []).map((name) => ({ Type: type, Name: name }))
  const labels = (info.Labels ?? []).map((label) => {
    const at = label.indexOf('=')
    return [label.slice(0, at), label.slice(at + 1)] as const
  })
  return {
    Hostname: info.Name ?? '',
    Platform: { Architecture: info.Architecture ?? '', OS: info.OSType ?? 'linux' },
    Resources: { NanoCPUs: (info.NCPU ?? 0) * 1e9, MemoryBytes: info.MemTotal ?? 0 },
    Engine: {
      EngineVersion: info.ServerVersion ?? '',
      ...(labels.length > 0 && { Labels: Object.fromEntries(labels) }),
      Plugins: [...named('Log'), ...named('Network'), ...named('Volume')],
    },
    ...(tls !== undefined && { TLSInfo: tls }),
  }
}
