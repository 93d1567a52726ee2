import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@essaim/base'
import { EtcdClient, EtcdServer, eraseEtcd, type MemberForm } from './index.js'

/** A real etcd of one member, which ends with the test. */
export async function realEtcd(t: {
  after(run: () => Promise<void>): void
}): Promise<{ client: EtcdClient; form: MemberForm; server: EtcdServer }> {
  const folder = mkdtempSync(join(tmpdir(), 'essaim-etcd-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const form: MemberForm = { name: 'm', folder, peerURL: url, listenPeerURL: url, cluster: 'new' }
  const server = await EtcdServer.start({ form, logger: silentLogger })
  const client = new EtcdClient(server.socket)
  t.after(async () => {
    client.close()
    await server.stop()
    await eraseEtcd(folder)
  })
  return { client, form, server }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
