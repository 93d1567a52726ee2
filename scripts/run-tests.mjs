// Runs the compiled tests: first those beside the code, two files at a time, then, one after the other, those that
// start daemons and hosts (`*.real.test.js` and all below test/). The last line reads `N passed, N failed, N skipped`.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const wanted = process.argv.slice(2)
const files = ['packages', 'apps', 'test', 'examples']
  .flatMap((folder) => testFiles(folder))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
const alone = (file) => file.endsWith('.real.test.js') || file.startsWith('test/')

const count = { passed: 0, failed: 0, skipped: 0 }
const failures = []
await runFiles(
  files.filter((file) => !alone(file)),
  2,
)
await runFiles(files.filter(alone), 1)
for (const failure of failures) console.log(`FAILED ${failure}`)
if (files.length === 0) console.log(`no test file matches ${wanted.join(' ')}`)
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1)

async function runFiles(files, concurrency) {
  if (files.length === 0) return
  const stream = run({ files, concurrency, timeout: 10 * 60_000 })
  stream.on('test:pass', (test) => {
    if (isSuite(test)) return
    if (test.skip !== undefined || test.todo !== undefined) count.skipped++
    else count.passed++
  })
  stream.on('test:fail', (test) => {
    // A suite fails because a test in it did; only its own hooks' failures count by themselves.
    if (isSuite(test) && test.details.error?.failureType === 'subtestsFailed') return
    count.failed++
    failures.push(`${test.file ?? ''} ${test.name}`)
  })
  stream.compose(new spec()).pipe(process.stdout, { end: false })
  await new Promise((resolve) => stream.once('end', resolve))
}

function isSuite(test) {
  return test.details?.type === 'suite' || (test.nesting === 0 && test.name === test.file)
}

function testFiles(folder) {
  let entries
  try {
    entries = readdirSync(folder, { recursive: true })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return entries
    .map((entry) => join(folder, entry))
    .filter((file) => file.endsWith('.test.js') && file.includes('/dist/') && !file.includes('node_modules'))
    .sort()
}
