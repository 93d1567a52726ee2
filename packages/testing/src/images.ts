import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { pack, type Pack } from 'tar-stream'

const run = promisify(execFile)

export interface ImageFile {
  name: string
  data?: string | Buffer
  mode?: number
  /** Makes it a symbolic link. */
  link?: string
  folder?: boolean
}

export interface ImageRecipe {
  tags: string[]
  /** On top of a Busybox root file system. */
  files?: ImageFile[]
  /** The image's Config: Cmd, Entrypoint, Env, Healthcheck, ... */
  config?: Record<string, unknown>
}

/** Small images of Debian's busybox-static, as `docker load` takes them. The same recipe gives the same bytes. */
export async function busyboxImage(recipe: ImageRecipe): Promise<Buffer> {
  const layers = [await busyboxLayer()]
  if (recipe.files) layers.push(await layer(recipe.files))
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2024-01-01T00:00:00Z',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...recipe.config },
      rootfs: { type: 'layers', diff_ids: layers.map((bytes) => `sha256:${sha256(bytes)}`) },
      history: layers.map(() => ({ created: '2024-01-01T00:00:00Z', created_by: 'ADD rootfs.tar /' })),
    }),
  )
  const names = layers.map((bytes) => `${sha256(bytes)}/layer.tar`)
  const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: recipe.tags, Layers: names }]
  return layer([
    ...layers.map((data, index) => ({ name: names[index] ?? '', data })),
    { name: `${sha256(config)}.json`, data: config },
    { name: 'manifest.json', data: JSON.stringify(manifest) },
  ])
}

/** What most tests need: a shell, and a web server on port 80 with a health check that `/cgi-bin/kill` fails. */
export const labImages: Record<'busybox' | 'web' | 'healthy', ImageRecipe> = {
  busybox: { tags: ['busybox:latest', 'alpine:latest', 'debian:latest'], config: { Cmd: ['sh'] } },
  web: {
    tags: ['nginx:latest'],
    files: [{ name: 'www/index.html', data: '<h1>Welcome</h1>\n' }, cgi('whoami', whoami())],
    config: { Cmd: ['busybox', 'httpd', '-f', '-p', '80', '-h', '/www'], ExposedPorts: { '80/tcp': {} } },
  },
  healthy: {
    tags: ['healthy:latest'],
    files: [{ name: 'www/index.html', data: 'OK\n' }, cgi('kill', 'touch /tmp/killed')],
    config: {
      Cmd: ['busybox', 'httpd', '-f', '-p', '80', '-h', '/www'],
      Healthcheck: {
        Test: ['CMD-SHELL', '[ ! -e /tmp/killed ] && wget -q -O- http://localhost/ || exit 1'],
        Interval: 500_000_000,
        Timeout: 2_000_000_000,
        Retries: 2,
      },
    },
  },
}

function whoami(): string {
  return 'echo "Hostname: $(hostname)"; echo "RemoteAddr: $REMOTE_ADDR"'
}

function cgi(name: string, body: string): ImageFile {
  return {
    name: `www/cgi-bin/${name}`,
    data: `#!/bin/sh\necho "Content-type: text/plain"; echo\n${body}\n`,
    mode: 0o755,
  }
}

async function busyboxLayer(): Promise<Buffer> {
  const binary = await readFile('/bin/busybox')
  const { stdout } = await run('/bin/busybox', ['--list'])
  const folders = ['bin', 'etc', 'root', 'usr', 'usr/bin', 'var', 'var/run', 'proc', 'sys', 'dev', 'run', 'www']
  return layer([
    ...folders.map((name) => ({ name, folder: true })),
    { name: 'www/cgi-bin', folder: true },
    { name: 'tmp', folder: true, mode: 0o1777 },
    { name: 'bin/busybox', data: binary, mode: 0o755 },
    ...stdout
      .split('\n')
      .filter((applet) => applet !== '' && applet !== 'busybox')
      .map((applet) => ({ name: `bin/${applet}`, link: 'busybox' })),
    { name: 'etc/passwd', data: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    { name: 'etc/group', data: 'root:x:0:\nnogroup:x:65534:\n' },
  ])
}

async function layer(files: ImageFile[]): Promise<Buffer> {
  const tar = pack()
  const done = collect(tar)
  for (const { name, data, mode, link, folder } of files) {
    const common = { name, mtime: new Date(1_700_000_000_000) }
    if (folder) tar.entry({ ...common, type: 'directory', mode: mode ?? 0o755 })
    else if (link !== undefined) tar.entry({ ...common, type: 'symlink', linkname: link })
    else tar.entry({ ...common, mode: mode ?? 0o644 }, Buffer.from(data ?? ''))
  }
  tar.finalize()
  return done
}

async function collect(tar: Pack): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
