// Puts layers into a docker archive: node archive.mjs OUT NAME:TAG CONFIG-JSON [--on ARCHIVE] LAYER.tar
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const [out, tag, configJson, ...rest] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'archive-'))
try {
  const layers = []
  let config = { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] }
  if (rest[0] === '--on') {
    execFileSync('tar', ['-C', folder, '-xf', rest[1]])
    const [below] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    config = JSON.parse(readFileSync(join(folder, below.Config), 'utf8')).config
    layers.push(...below.Layers)
    rmSync(join(folder, below.Config))
    rest.splice(0, 2)
  }
  const [layer] = rest
  const path = `${await digest(layer)}/layer.tar`
  mkdirSync(join(folder, dirname(path)), { recursive: true })
  copyFileSync(layer, join(folder, path))
  layers.push(path)
  const image = JSON.stringify({
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch,
    os: 'linux',
    created: new Date(0).toISOString(),
    config: { ...config, ...JSON.parse(configJson) },
    rootfs: { type: 'layers', diff_ids: layers.map((name) => `sha256:${dirname(name)}`) },
    history: layers.map(() => ({ created: new Date(0).toISOString(), created_by: 'examples/voting/images/build' })),
  })
  const configName = `${createHash('sha256').update(image).digest('hex')}.json`
  writeFileSync(join(folder, configName), image)
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: [tag], Layers: layers }]),
  )
  execFileSync('tar', ['-C', folder, '-cf', `${out}.part`, 'manifest.json', configName, ...layers])
  renameSync(`${out}.part`, out)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function digest(file) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
