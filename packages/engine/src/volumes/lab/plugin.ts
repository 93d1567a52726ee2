import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/**
 * A volume plugin as others write them: it speaks Docker's protocol on a socket, mounts a tmpfs for the first who wants a
 * volume and unmounts it after the last. State is in files, so that it may be killed. Arguments: socket, folder.
 */
const [, , socket = '', folder = ''] = process.argv

interface Body {
  Name?: string
  ID?: string
  Opts?: Record<string, string> | null
}

const place = (name: string): string => join(folder, name)
const optionsFile = (name: string): string => `${place(name)}.options`
const users = (name: string): string[] => readdirSync(folder).filter((file) => file.startsWith(`${name}.user.`))
const volume = (name: string): object => ({
  Name: name,
  Mountpoint: users(name).length > 0 ? place(name) : '',
  CreatedAt: '2024-01-02T03:04:05Z',
  Status: { users: users(name).length },
})

const methods: Record<string, (body: Body) => object> = {
  'Plugin.Activate': () => ({ Implements: ['VolumeDriver'] }),
  'VolumeDriver.Capabilities': () => ({ Capabilities: { Scope: 'global' } }),
  'VolumeDriver.Create': ({ Name = '', Opts }) => {
    if (Opts?.['fail'] !== undefined) throw new Error(Opts['fail'])
    mkdirSync(place(Name), { recursive: true })
    writeFileSync(optionsFile(Name), JSON.stringify(Opts ?? {}))
    return {}
  },
  'VolumeDriver.Remove': ({ Name = '' }) => {
    known(Name)
    rmSync(place(Name), { recursive: true })
    rmSync(optionsFile(Name))
    return {}
  },
  'VolumeDriver.Mount': ({ Name = '', ID = '' }) => {
    known(Name)
    const options = JSON.parse(readFileSync(optionsFile(Name), 'utf8')) as Record<string, string>
    if (options['unmountable'] !== undefined) throw new Error('the array is on fire')
    if (users(Name).length === 0) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${options['size'] ?? '1m'}`, 'plugin', place(Name)])
    }
    writeFileSync(`${place(Name)}.user.${ID}`, '')
    return { Mountpoint: place(Name) }
  },
  'VolumeDriver.Unmount': ({ Name = '', ID = '' }) => {
    rmSync(`${place(Name)}.user.${ID}`, { force: true })
    if (users(Name).length === 0) execFileSync('umount', [place(Name)])
    return {}
  },
  'VolumeDriver.Path': ({ Name = '' }) => ({ Mountpoint: place(Name) }),
  'VolumeDriver.Get': ({ Name = '' }) => {
    known(Name)
    return { Volume: volume(Name) }
  },
  'VolumeDriver.List': () => {
    const names = readdirSync(folder).filter((file) => file.endsWith('.options'))
    return { Volumes: names.map((file) => volume(file.slice(0, -'.options'.length))) }
  },
}

function known(name: string): void {
  if (!existsSync(optionsFile(name))) throw new Error(`no volume ${name}`)
}

mkdirSync(folder, { recursive: true })
rmSync(socket, { force: true })
createServer((request, response) => {
  void text(request).then((body) => {
    const method = methods[(request.url ?? '').slice(1)]
    try {
      response.end(JSON.stringify(method ? method(JSON.parse(body || '{}') as Body) : { Err: 'not implemented' }))
    } catch (error) {
      response.statusCode = 500
      response.end(JSON.stringify({ Err: error instanceof Error ? error.message : String(error) }))
    }
  })
}).listen(socket, () => process.stdout.write('ready\n'))
