import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { connect } from '@essaim/client'
import { busyboxImage, docker, labImages, repositoryRoot, TestDaemon } from '@essaim/testing'

void test('the stock CLI with volumes of a plugin, which is a program of its own', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp('/tmp/es-plugins-')
  await mkdir(join(folder, 'sockets'))
  const program = join(repositoryRoot, 'packages/engine/dist/volumes/lab/plugin.js')
  const plugin = spawn(process.execPath, [program, join(folder, 'sockets/ramdisk.sock'), join(folder, 'ram')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(plugin.stdout, 'data')
  try {
    await using daemon = await TestDaemon.start({
      name: 'plug',
      subnet: 167,
      flags: ['--plugin-sockets', join(folder, 'sockets')],
    })
    const d = (...args: string[]): Promise<string> => docker(daemon, ...args)
    const archive = Readable.from(await busyboxImage(labImages.web))
    for await (const said of connect(daemon.host).images.load(archive, { quiet: true }))
      assert.equal(said.error, undefined)
    assert.equal(await d('info', '--format', '{{.Plugins.Volume}}'), '[local ramdisk]')
    await d('volume', 'create', '-d', 'ramdisk', '-o', 'size=3m', 'disk')
    const written = 'echo kept > /disk/f; grep " /disk " /proc/mounts'
    assert.match(await d('run', '--name', 'one', '-d', '-v', 'disk:/disk', 'nginx', 'sleep', '600'), /^[0-9a-f]{64}$/)
    assert.match(await d('exec', 'one', 'sh', '-c', written), /^plugin \/disk tmpfs .*size=3072k/)
    const mount = 'type=volume,src=disk,dst=/d,volume-driver=ramdisk,readonly'
    assert.equal(await d('run', '--rm', '--mount', mount, 'nginx', 'cat', '/d/f'), 'kept')
    assert.equal(await d('volume', 'ls', '--format', '{{.Driver}} {{.Name}}'), 'ramdisk disk')
    assert.equal(await d('volume', 'inspect', '-f', '{{.Scope}} {{.Status.users}}', 'disk'), 'global 1')
    await daemon.down('SIGKILL')
    await daemon.up()
    assert.equal(await d('exec', 'one', 'cat', '/disk/f'), 'kept')
    await assert.rejects(d('volume', 'rm', 'disk'), /volume is in use/)
    await d('rm', '-f', 'one')
    assert.equal(await d('volume', 'inspect', '-f', '{{.Status.users}}', 'disk'), '0')
    await d('volume', 'rm', 'disk')
    await assert.rejects(d('volume', 'create', '-d', 'nosuch', 'x1'), /plugin "nosuch" not found/)
    await assert.rejects(d('network', 'create', '-d', 'ramdisk', 'n'), /plugin "ramdisk" not found/)

    // A link inside a volume that leads out of it is no way to the host.
    await d('run', '--rm', '-v', 'links:/v', 'nginx', 'sh', '-c', 'mkdir /v/in; ln -s /etc /v/out; ln -s in /v/also')
    // By the API: Debian's CLI does not know the flag.
    const { containers } = connect(daemon.host)
    const touch = async (Subpath: string): Promise<void> => {
      const mount = { Type: 'volume' as const, Source: 'links', Target: '/p', VolumeOptions: { Subpath } }
      const request = { Image: 'nginx', Cmd: ['touch', '/p/here'], HostConfig: { Mounts: [mount] } }
      const { Id: id } = await containers.create(request)
      await containers.start(id)
      assert.equal(await d('wait', id), '0')
    }
    await touch('in')
    await touch('also')
    await assert.rejects(touch('out'), /cannot access path .*\/out: path leads out of the volume/)
    await assert.rejects(touch('nosuch'), /cannot access path .*\/nosuch: lstat .*: no such file or directory/)
    assert.equal(await d('run', '--rm', '-v', 'links:/v', 'nginx', 'ls', '/v/in'), 'here')
  } finally {
    const gone = once(plugin, 'exit')
    plugin.kill()
    await gone
    await rm(folder, { recursive: true, force: true })
  }
})
