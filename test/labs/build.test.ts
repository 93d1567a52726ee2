import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { clientGoes, daemonIsKilled, fullDisk, otherPlanet } from './build-breaks.js'
import { contextsOfBuilds } from './build-contexts.js'
import { mountsOfCommands, secretsOfBuilds } from './build-mounts.js'
import { Lab, skip } from './lab.js'

/** Images built with the stock CLI, by the classic builder. */
suite('build', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-b', 66)
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const build = (flags: string): string => `DOCKER_BUILDKIT=0 docker build --network none ${flags} . 2>&1`

  test('stages, arguments, copies: what the Dockerfile says is what the image has', async () => {
    await lab.does(
      'mkdir -p d/sub && echo one >d/one && echo two >d/sub/two && ln -s sub/two d/link && chmod 700 d/sub',
    )
    await lab.does('tar czf files.tgz -C d . && echo no >ignored && echo ignored >.dockerignore')
    await lab.write(
      'Dockerfile',
      `ARG BASE=debian
FROM \${BASE}:latest AS first
ARG WHO=nobody
ENV A=1 B="two words"
RUN echo "$WHO $A $B" >/said && \\
  # a comment in between

  ln -s /opt /way && mkdir -p /opt
WORKDIR /w
WORKDIR rel
COPY d ./d
COPY --chown=12:34 --chmod=640 d/one /owned/one
COPY d/one d/sub/t*o /both/
COPY d/one /way/
COPY d/link /followed
ADD files.tgz /unpacked/
ADD . /all/
FROM debian
COPY --from=first /said /said
COPY --from=0 /w/rel/d /d
COPY --from=busybox /bin/busybox /bb/busybox
LABEL tier="d b"
EXPOSE 80 53/udp
VOLUME ["/v"]
USER 2:2
HEALTHCHECK --interval=5s --retries=3 CMD true
ENTRYPOINT ["cat"]
CMD ["/said"]
`,
    )
    const out = await lab.does(build('-t demo:1 --build-arg WHO=me'))
    assert.match(out, /Step 1\/25 : ARG BASE=debian/)
    assert.match(out, /Successfully built [0-9a-f]{12}\nSuccessfully tagged demo:1$/)
    await lab.says('docker run --rm demo:1', 'me 1 two words')
    await lab.says('docker run --rm --entrypoint sh demo:1 -c "id -u; /bb/busybox echo bb"', '2\nbb')
    const see =
      "docker image inspect demo:1 -f '{{json .Config.ExposedPorts}} {{.Config.Labels.tier}} {{json .Config.Healthcheck.Test}}'"
    await lab.says(see, '{"53/udp":{},"80/tcp":{}} d b ["CMD-SHELL","true"]')

    await lab.does(build('-t demo:first --target first'))
    const ls =
      'cd / && stat -c "%n %a %u:%g" owned owned/one w/rel/d/sub followed && ls both all && cat opt/one unpacked/link && pwd'
    const first = await lab.does(`docker run --rm demo:first sh -c '${ls}'`)
    assert.equal(
      first,
      [
        'owned 755 0:0\nowned/one 640 12:34\nw/rel/d/sub 700 0:0\nfollowed 644 0:0',
        'all:\nDockerfile\nd\nfiles.tgz\n\nboth:\none\ntwo\none\ntwo\n/',
      ].join('\n'),
    )
    await lab.says(
      "docker run --rm demo:first sh -c 'ls -a / | grep -c dockerenv; readlink /way; pwd'",
      '1\n/opt\n/w/rel',
    )
  })

  test('the cache is by content: nothing is done twice, and what changed is done again', async () => {
    await lab.does(
      'rm -rf * .dockerignore && echo 1 >f && printf "FROM debian\\nCOPY f /f\\nRUN cat /f /proc/sys/kernel/random/uuid >/u\\n" >Dockerfile',
    )
    const used = async (): Promise<number> => (await lab.does(build('-t cached'))).split('Using cache').length - 1
    const uuid = 'docker run --rm cached cat /u'
    assert.equal(await used(), 0)
    const first = await lab.does(uuid)
    await lab.does('touch f')
    assert.equal(await used(), 2)
    assert.equal(await lab.does(uuid), first)
    await lab.does('echo 2 >f')
    assert.equal(await used(), 0)
    assert.notEqual(await lab.does(uuid), first)
    assert.doesNotMatch(await lab.does(build('--no-cache')), /Using cache/)
    await lab.does('docker builder prune -af')
    assert.equal(await used(), 0)
  })

  test('here-documents, mounts of a command, triggers for later images', async () => {
    await lab.write(
      'Dockerfile',
      `FROM debian
ARG WHO=you
COPY <<EOF <<-"RAW" /texts/
hello "$WHO"
EOF
	raw $WHO
RAW
RUN <<EOF
set -e
echo script > /made
EOF
RUN --mount=type=cache,target=/cache echo x >> /cache/lines && cp /cache/lines /lines
RUN --mount=type=tmpfs,target=/gone echo x > /gone/f
ONBUILD COPY mine /mine
ONBUILD RUN cat /mine > /theirs
`,
    )
    await lab.does(build('-t parent'))
    await lab.says(
      'docker run --rm parent sh -c "cat /texts/EOF /texts/RAW /made /lines; ls -d /gone /cache 2>/dev/null || echo gone"',
      /^hello "you"\nraw \$WHO\nscript\nx\ngone$/,
    )
    await lab.does('echo m >mine && printf "FROM parent\\n" >Dockerfile')
    assert.match(await lab.does(build('-t child')), /# Executing 2 build triggers/)
    await lab.says('docker run --rm child cat /theirs', 'm')
  })

  test('what is wrong is told with its line, and nothing is left', async () => {
    const refused = async (text: string, expected: RegExp, code = 1): Promise<void> => {
      await lab.write('Dockerfile', text)
      await lab.refuses(build('-t wrong').replace(' 2>&1', ''), expected, code)
    }
    await refused('FROM debian\n\nRUM x\n', /dockerfile parse error line 3: unknown instruction: RUM/)
    await refused('RUN x\n', /no build stage in current context/)
    await refused('FROM debian\nRUN exit 7\n', /The command '\/bin\/sh -c exit 7' returned a non-zero code: 7/, 7)
    await refused(
      'FROM debian\nCOPY none /\n',
      /COPY failed: file not found in build context.*stat none: file does not exist/,
    )
    await refused('FROM debian\nCOPY ../x /\n', /forbidden path outside the build context/)
    await refused('FROM debian\nCOPY --chown=nosuch f /\n', /can't find uid for user nosuch/)
    await refused('FROM debian\nHEALTHCHECK MAYBE\n', /Unknown type "MAYBE" in HEALTHCHECK/)
    await lab.refuses('docker image inspect wrong', /No such image/)
    await lab.says('docker ps -aq', '')
  })

  test('mounts of a command', () => mountsOfCommands(lab))
  test('secrets', () => secretsOfBuilds(lab))
  test('contexts', () => contextsOfBuilds(lab))
  test('a client that goes away ends its build', () => clientGoes(lab))
  test('a daemon that is killed within a build leaves nothing', () => daemonIsKilled(lab))
  test('Dockerfiles from another planet', () => otherPlanet(lab))
  test('a full disk', () => fullDisk(lab))
})
