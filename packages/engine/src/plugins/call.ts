import { readFileSync } from 'node:fs'
import { request as plain, type RequestOptions } from 'node:http'
import { request as secure } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { internal, messageOf } from '@essaim/base'
import type { PluginAddress } from './find.js'

/** Version 1.2 of Docker's protocol for plugins that are found in folders. */
const mediaType = 'application/vnd.docker.plugins.v1.2+json'

/** What a plugin may take for one answer (ms): making a volume may be slow, but not for ever. */
const answerTime = 120_000

/** A plugin that does not take the call yet may be starting: pauses grow from the first one (ms). */
const firstPause = 100

/** How long it is tried to reach a plugin, and how time passes. */
export interface Patience {
  /** Milliseconds; 0 for one attempt. */
  total: number
}

/** Calls a method, such as `VolumeDriver.Create`. Throws Docker's words for what the plugin refuses, or where it is not there. */
export async function callPlugin(
  address: PluginAddress,
  method: string,
  body: object,
  { total }: Patience,
): Promise<Record<string, unknown>> {
  let pause = firstPause
  for (let waited = 0; ; waited += pause, pause *= 2) {
    try {
      return await once(address, method, body)
    } catch (error) {
      if (!(error instanceof Unreached) || waited + pause > total) throw error
      await sleep(pause)
    }
  }
}

/** The plugin has not seen the call, so that it may be made again. */
class Unreached extends Error {}

async function once(address: PluginAddress, method: string, body: object): Promise<Record<string, unknown>> {
  const data = JSON.stringify(body)
  const url = new URL(address.url)
  const unix = url.protocol === 'unix:'
  const options: RequestOptions = {
    method: 'POST',
    path: `/${method}`,
    agent: false,
    timeout: answerTime,
    headers: {
      Accept: mediaType,
      'Content-Type': mediaType,
      'Content-Length': Buffer.byteLength(data),
      Host: 'plugin',
    },
    ...(unix ? { socketPath: url.pathname } : { host: url.hostname, port: url.port }),
  }
  const send = address.tls || url.protocol === 'https:' ? secure : plain
  return new Promise((resolve, reject) => {
    const out = send({ ...options, ...tlsOf(address) })
    out.on('timeout', () => out.destroy(new Error(`no answer within ${answerTime / 1000} s`)))
    out.on('error', (error: NodeJS.ErrnoException) => reject(refusal(address, method, error)))
    out.on('response', (response) => {
      text(response).then((said) => {
        try {
          resolve(answerOf(method, response.statusCode ?? 0, said))
        } catch (error) {
          reject(error)
        }
      }, reject)
    })
    out.end(data)
  })
}

function tlsOf({ tls }: PluginAddress): object {
  if (!tls) return {}
  const { ca, certificate, key, insecure } = tls
  return {
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca: readFileSync(ca) }),
    ...(certificate !== undefined && { cert: readFileSync(certificate) }),
    ...(key !== undefined && { key: readFileSync(key) }),
  }
}

function answerOf(method: string, status: number, said: string): Record<string, unknown> {
  let answer: Record<string, unknown> = {}
  try {
    answer = said.trim() === '' ? {} : (JSON.parse(said) as Record<string, unknown>)
  } catch {
    if (status < 400)
      throw internal('plugin.answer', `${method}: the plugin's answer is no JSON: ${said.slice(0, 200)}`)
  }
  const refused = answer['Err'] ?? answer['Error']
  if (typeof refused === 'string' && refused !== '') throw internal('plugin.refused', `${method}: ${refused}`)
  if (status >= 400) throw internal('plugin.refused', `${method}: ${said.trim() || `status ${status}`}`)
  return answer
}

function refusal(address: PluginAddress, method: string, error: NodeJS.ErrnoException): Error {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ENOENT: 'no such file or directory',
    ECONNRESET: 'connection reset by peer',
  }
  const path = address.url.replace(/^unix:\/\//, '')
  const [kind, where] = path === address.url ? ['tcp', new URL(path).host] : ['unix', path]
  const reason = reasons[error.code ?? ''] ?? messageOf(error)
  const message = `Post "http://${encodeURIComponent(where)}/${method}": dial ${kind} ${where}: connect: ${reason}`
  return error.syscall === 'connect'
    ? new Unreached(message, { cause: error })
    : internal('plugin.cut', `${method}: ${reason}`, { cause: error })
}
