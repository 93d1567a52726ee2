import { writeSync } from 'node:fs'
import { secret, system } from './fixture.js'
import { LmdbBackend, openStore } from './index.js'

/** Writes numbered secrets into the store at argv[2], on from argv[3], several at a time, and prints each once it is acknowledged. */
const [path = '', from = '0'] = process.argv.slice(2)
const store = await openStore(LmdbBackend.open(path))
for (let n = Number(from); ; n += 3) {
  const three = [n + 1, n + 2, n + 3]
  await Promise.all(
    three.map(async (number) => {
      await store.update(system, 'create', (tx) =>
        tx.create('secret', secret(`s${number}`, `n${number}`, 'x'.repeat(2000))),
      )
      writeSync(1, `${number}\n`)
    }),
  )
}
