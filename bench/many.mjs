// `docker run --rm` beside 5 and beside 500 running containers, the two daemons asked in turn in the same run:
//
//   sudo node bench/many.mjs [COUNT]        (after `npm run build`; needs the docker CLI and busybox-static)
import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { promisify } from 'node:util'
import { busyboxImage, labImages, TestDaemon } from '../packages/testing/dist/index.js'

const run = promisify(execFile)
const count = Number(process.argv[2] ?? 500)
const rounds = 30

const few = await TestDaemon.start({ name: 'few', subnet: 180 })
const many = await TestDaemon.start({ name: 'many', subnet: 181 })
try {
  await fill(few, 5)
  await fill(many, count)
  const times = { few: [], many: [] }
  for (let round = 0; round < rounds; round++) {
    times.few.push(await timed(few))
    times.many.push(await timed(many))
  }
  const [a, b] = [median(times.few), median(times.many)]
  console.log(
    `docker run --rm, median of ${rounds}: ${a} ms beside 5, ${b} ms beside ${count}: ${(b / a).toFixed(2)} times`,
  )
  console.log(`resident memory beside ${count}: ${Math.round(many.residentBytes() / 2 ** 20)} MiB`)
} finally {
  await few[Symbol.asyncDispose]()
  await many[Symbol.asyncDispose]()
}

async function fill(daemon, wanted) {
  await load(daemon.socket, await busyboxImage(labImages.busybox))
  const from = Date.now()
  const words = ['-H', daemon.host, 'run', '-d', '--stop-signal', 'KILL', 'busybox', 'sleep', '1000000']
  for (let done = 0; done < wanted; done += 10) {
    await Promise.all(Array.from({ length: Math.min(10, wanted - done) }, () => run('docker', words)))
  }
  console.log(`${wanted} containers after ${((Date.now() - from) / 1000).toFixed(1)} s`)
}

async function timed(daemon) {
  const from = Date.now()
  await run('docker', ['-H', daemon.host, 'run', '--rm', 'busybox', 'true'])
  return Date.now() - from
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function load(socketPath, image) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-tar', 'Content-Length': image.length }
    const out = request({ socketPath, method: 'POST', path: '/images/load?quiet=1', headers }, (response) => {
      response.resume().on('end', resolve)
    })
    out.on('error', reject)
    out.end(image)
  })
}
