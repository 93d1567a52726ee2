/**
 * Layers are decompressed by a process of their own: beside the one that unpacks, on another core, and in half of the
 * time that containerd's own decompressor takes. A tar comes out.
 */
const gunzip = [
  '[stream_processors."essaim.gzip"]',
  `  accepts = ["application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar+gzip"]`,
  '  returns = "application/vnd.oci.image.layer.v1.tar"',
  '  path = "gzip"',
  '  args = ["-dc"]',
]

/**
 * The configuration of a containerd of our own. Plugins that the engine does not use are off: they cost start-up time,
 * and the CRI one would open a port.
 */
export function containerdConfig(options: { root: string; state: string; address: string }): string {
  const off = ['cri', 'aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => {
    return name === 'cri' ? 'io.containerd.grpc.v1.cri' : `io.containerd.snapshotter.v1.${name}`
  })
  return [
    'version = 2',
    `root = ${JSON.stringify(options.root)}`,
    `state = ${JSON.stringify(options.state)}`,
    `disabled_plugins = ${JSON.stringify(off)}`,
    '[grpc]',
    `  address = ${JSON.stringify(options.address)}`,
    '[debug]',
    '  level = "warn"',
    '[plugins."io.containerd.internal.v1.opt"]',
    `  path = ${JSON.stringify(`${options.root}/opt`)}`,
    ...gunzip,
    '',
  ].join('\n')
}
