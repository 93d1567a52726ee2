import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a voter waits for the answer. */
const patienceMs = 10_000

/** Many voters, each voting once, on a connection of its own. */
export class Voters {
  cast = 0
  readonly failures: string[] = []
  readonly servedBy = new Set<string>()

  constructor(private readonly url: string) {}

  /** One new vote every `everyMs` until there are `total`, and on top of that not before `meanwhile` is over. */
  async voteDuring(total: number, everyMs: number, meanwhile: Promise<unknown>): Promise<void> {
    const open: Promise<void>[] = []
    while (this.cast < total) {
      open.push(this.vote(this.cast++ % 3 === 0 ? 'a' : 'b'))
      await sleep(everyMs)
    }
    await meanwhile
    await Promise.all(open)
  }

  private async vote(choice: 'a' | 'b'): Promise<void> {
    try {
      const { status, text } = await post(this.url, `vote=${choice}`)
      if (status !== 200) this.failures.push(`${status} ${text.slice(0, 100)}`)
      this.servedBy.add(/Served by (\w+)/.exec(text)?.[1] ?? '')
    } catch (error) {
      this.failures.push(`vote ${this.cast}: ${String(error)}`)
    }
  }
}

function post(url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const sent = request(url, { method: 'POST', agent, headers, timeout: patienceMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)))
    sent.end(body)
  })
}
