import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { votesKey, type Vote } from '../shared/choices.js'
import { openDatabase } from '../shared/database.js'

/** Votes that were taken from the list and are not in the database yet: they are put back when a worker starts. */
const takenKey = 'votes:taken'

const redis = new Redis({ host: process.env['REDIS_HOST'] ?? 'redis', retryStrategy: (n) => Math.min(50 * n, 1000) })
redis.on('error', (error) => console.error(`redis: ${error.message}`))
const database = openDatabase()
let ending = false
process.once('SIGTERM', () => (ending = true))

await again('prepare', async () => {
  await database.query('CREATE TABLE IF NOT EXISTS votes (voter text PRIMARY KEY, choice text NOT NULL)')
  while ((await redis.lmove(takenKey, votesKey, 'RIGHT', 'LEFT')) !== null);
})
console.log('moving votes')
while (!ending) {
  writeFileSync('/tmp/alive', '')
  const text = await again('take', () => redis.blmove(votesKey, takenKey, 'LEFT', 'RIGHT', 1))
  if (text === null || text === undefined) continue
  const vote = JSON.parse(text) as Vote
  await again('store', () =>
    database.query(
      'INSERT INTO votes (voter, choice) VALUES ($1, $2) ON CONFLICT (voter) DO UPDATE SET choice = excluded.choice',
      [vote.voter, vote.choice],
    ),
  )
  await again('forget', () => redis.lrem(takenKey, 1, text))
}
await database.end()
await redis.quit()

/** Tries until it works: neither server's restart ends the worker, and every step may be done twice. */
async function again<T>(what: string, step: () => Promise<T>): Promise<T> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
    try {
      return await step()
    } catch (error) {
      console.error(`${what}: ${error instanceof Error ? error.message : String(error)}; again in ${wait} ms`)
      if (ending) process.exit(1)
      await sleep(wait)
    }
  }
}
