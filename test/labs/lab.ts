import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@essaim/client'
import { busyboxImage, type ImageRecipe, repositoryRoot, TestDaemon } from '@essaim/testing'

/** A reason to skip where there is no docker CLI or no right to start a daemon; `false` to go on. */
export const skip: string | false =
  process.getuid?.() !== 0
    ? 'only root starts a daemon'
    : spawnSync('docker', ['--version']).status === 0
      ? false
      : 'needs the docker CLI'

export interface Answer {
  code: number
  out: string
  err: string
}

/** The images that the exercises name, made of Busybox. */
const images: ImageRecipe[] = [
  {
    tags: ['alpine:latest', 'debian:latest', 'busybox:latest', 'busybox:1.36', 'alpine:3.10'],
    config: { Cmd: ['sh'] },
  },
  { tags: ['hello-world:latest'], config: { Cmd: ['/bin/echo', 'Hello from Docker!'] } },
  {
    tags: ['nginx:latest', 'nginx:alpine'],
    files: [{ name: 'www/index.html', data: '<h1>Welcome</h1>\n' }],
    // A process without a handler does not hear the signals sent to the first of a container: the shell does.
    config: {
      Cmd: ['sh', '-c', 'trap "exit 0" TERM QUIT; httpd -f -p 80 -h /www & wait'],
      ExposedPorts: { '80/tcp': {} },
    },
  },
  {
    tags: ['healthy:latest'],
    config: {
      Cmd: ['sh', '-c', 'trap "exit 0" TERM; sleep 10000 & wait'],
      Healthcheck: { Test: ['CMD-SHELL', '[ ! -e /tmp/sick ]'], Interval: 300_000_000, Retries: 2 },
    },
  },
]

/** A course room: an essaimd of its own, a folder of its own, and a shell in it where `docker` and `essaim` speak to it. */
export class Lab implements AsyncDisposable {
  private constructor(
    readonly daemon: TestDaemon,
    readonly folder: string,
  ) {}

  static async open(name: string, subnet: number): Promise<Lab> {
    const daemon = await TestDaemon.start({ name, subnet })
    try {
      const lab = new Lab(daemon, await mkdtemp(join(tmpdir(), `lab-${name}-`)))
      for (const recipe of images) await lab.load(recipe)
      return lab
    } catch (error) {
      await daemon[Symbol.asyncDispose]()
      throw error
    }
  }

  async load(recipe: ImageRecipe): Promise<void> {
    const archive = await busyboxImage(recipe)
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield archive
    }
    for await (const message of connect(this.daemon.host, {}).images.load(bytes())) {
      assert.equal(message.errorDetail, undefined)
    }
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.folder, file), text)
  }

  /** Runs a line of shell, for two minutes at most. */
  type(line: string, env: Record<string, string> = {}): Promise<Answer> {
    const shell = `essaim() { '${process.execPath}' '${join(repositoryRoot, 'bin/essaim')}' "$@"; }; ${line}`
    const child = spawn('bash', ['-c', shell], {
      cwd: this.folder,
      env: { ...process.env, DOCKER_HOST: this.daemon.host, ESSAIM_HOST: '', DOCKER_CLI_HINTS: 'false', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    // What the shell started holds its pipes too: all of them are ended.
    const limit = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 120_000)
    const answer = { out: '', err: '' }
    child.stdout.on('data', (data: Buffer) => (answer.out += data.toString()))
    child.stderr.on('data', (data: Buffer) => (answer.err += data.toString()))
    return new Promise((settle, fail) => {
      child.on('error', fail)
      child.on('close', (code) => {
        clearTimeout(limit)
        settle({ code: code ?? 124, out: answer.out.trim(), err: answer.err.trim() })
      })
    })
  }

  /** The line succeeds; answers what it printed. */
  async does(line: string): Promise<string> {
    const { code, out, err } = await this.type(line)
    assert.equal(code, 0, `${line}\n${out}\n${err}`)
    return out
  }

  /** The line succeeds and prints exactly this (or what matches). */
  async says(line: string, expected: string | RegExp): Promise<void> {
    const out = await this.does(line)
    if (typeof expected === 'string') assert.equal(out, expected, line)
    else assert.match(out, expected, line)
  }

  /** The line fails, with this on standard error. */
  async refuses(line: string, expected: RegExp, exitCode?: number): Promise<void> {
    const { code, err } = await this.type(line)
    assert.match(err, expected, line)
    if (exitCode === undefined) assert.notEqual(code, 0, line)
    else assert.equal(code, exitCode, line)
  }

  /** The line prints, within a minute, what matches. */
  async becomes(line: string, expected: RegExp): Promise<void> {
    let last: Answer = { code: 0, out: '', err: '' }
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(150)) {
      last = await this.type(line)
      if (expected.test(last.out)) return
    }
    assert.fail(`${line}\nnever said ${expected}; at last:\n${last.out}\n${last.err}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}
