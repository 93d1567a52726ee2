import type { ServerResponse } from 'node:http'
import { openDatabase } from '../shared/database.js'
import { serve } from '../shared/web.js'
import { resultPage } from './page.js'

/** How often the database is asked while someone looks. */
const everyMs = 500

interface Tally {
  a: number
  b: number
  total: number
}

const database = openDatabase()
const viewers = new Set<ServerResponse>()
let last = ''

serve(
  80,
  (request, response) => {
    switch (request.url) {
      case '/':
        return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(resultPage())
      case '/api':
      case '/healthz':
        return void count().then(
          (tally) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tally) + '\n'),
          (error: Error) => response.writeHead(503).end(`database: ${error.message}\n`),
        )
      case '/events':
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        if (last !== '') response.write(`data: ${last}\n\n`)
        viewers.add(response)
        response.on('close', () => viewers.delete(response))
        return
      default:
        return void response.writeHead(404).end('There are /, /api and /events\n')
    }
  },
  () => database.end(),
)

setInterval(() => {
  if (viewers.size === 0) return
  count().then(
    (tally) => {
      const text = JSON.stringify(tally)
      if (text === last) return
      last = text
      for (const viewer of viewers) viewer.write(`data: ${text}\n\n`)
    },
    (error: Error) => console.error(`database: ${error.message}`),
  )
}, everyMs)
process.once('SIGTERM', () => viewers.forEach((viewer) => viewer.end()))

async function count(): Promise<Tally> {
  const exists = await database.query<{ there: boolean }>(`SELECT to_regclass('votes') IS NOT NULL AS there`)
  if (!exists.rows[0]?.there) return { a: 0, b: 0, total: 0 }
  const { rows } = await database.query<{ choice: 'a' | 'b'; n: number }>(
    'SELECT choice, count(*)::int AS n FROM votes GROUP BY choice',
  )
  const of = (choice: 'a' | 'b'): number => rows.find((row) => row.choice === choice)?.n ?? 0
  return { a: of('a'), b: of('b'), total: of('a') + of('b') }
}
