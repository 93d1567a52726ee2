import type { Lab } from './lab.js'

/** Contexts from standard input, from a repository and from URLs. The servers are on the daemon's own host. */
export async function contextsOfBuilds(lab: Lab): Promise<void> {
  const at = lab.daemon.net.enter.join(' ')
  await lab.does('rm -rf * .dockerignore && mkdir -p repo/sub srv')
  await lab.does(`cd repo && printf 'FROM debian\\nCOPY . /ctx\\nRUN ls -A /ctx >/list\\nCMD cat /list\\n' >Dockerfile &&
    echo f >f && echo no >ignored && echo ignored >.dockerignore && cp Dockerfile sub/ && echo s >sub/inside &&
    git init -q -b main . && git add -A && git -c user.name=a -c user.email=a@b commit -q -m one && git tag v1 &&
    echo new >newer && git add -A && git -c user.name=a -c user.email=a@b commit -q -m two &&
    cd .. && git clone -q --bare repo srv/app.git && tar cf srv/ctx.tar -C repo Dockerfile f ignored .dockerignore &&
    printf 'FROM debian\\nCMD echo from a URL\\n' >srv/dockerfile && head -c 3000 /dev/zero >srv/binary`)
  await lab.does(
    `${at} git daemon --listen=127.0.0.1 --port=9418 --base-path="$PWD/srv" --export-all --detach --pid-file="$PWD/git.pid"`,
  )
  await lab.does(`${at} busybox httpd -p 127.0.0.1:8000 -h "$PWD/srv"`)
  try {
    await lab.becomes(`${at} git ls-remote git://127.0.0.1/app.git`, /refs\/tags\/v1/)
    const runs = async (build: string, expected: string): Promise<void> => {
      await lab.does(`${build} 2>&1`)
      await lab.says('docker run --rm ctx', expected)
    }
    await runs('essaim build -t ctx git://127.0.0.1/app.git', '.dockerignore\n.git\nDockerfile\nf\nnewer\nsub')
    await runs('essaim build -t ctx git://127.0.0.1/app.git#v1', '.dockerignore\n.git\nDockerfile\nf\nsub')
    await runs('essaim build -t ctx git://127.0.0.1/app.git#main:sub', 'Dockerfile\ninside')
    await runs('essaim build -t ctx http://127.0.0.1:8000/ctx.tar', '.dockerignore\nDockerfile\nf')
    await runs('essaim build -t ctx http://127.0.0.1:8000/dockerfile', 'from a URL')
    await lab.refuses('essaim build git://127.0.0.1/app.git#nope', /couldn't find remote ref nope/)
    await lab.refuses(
      'essaim build http://a:word@127.0.0.1:8000/no.tgz',
      /GET http:\/\/127.0.0.1:8000\/no.tgz with status 404/,
    )
    await lab.refuses('essaim build http://127.0.0.1:8000/binary', /neither an archive nor the text of a Dockerfile/)
    await lab.refuses('essaim build git@127.0.0.1:app.git', /the daemon has no keys to fetch over SSH with/)

    const stock = 'DOCKER_BUILDKIT=0 docker build -t ctx'
    for (const packer of ['cat', 'gzip', 'bzip2', 'xz']) {
      await runs(`tar c -C repo Dockerfile f | ${packer} | ${stock} -`, 'Dockerfile\nf')
    }
    // Debian's CLI takes zstd for the text of a Dockerfile.
    const post = `curl -sSf --unix-socket ${lab.daemon.socket} -H Content-Type:application/x-tar --data-binary @-`
    await runs(`tar c -C repo Dockerfile f | zstd | ${post} http://d/build?t=ctx`, 'Dockerfile\nf')
    await runs(`printf 'FROM debian\\nCMD echo typed\\n' | ${stock} -`, 'typed')
    await runs(`printf 'FROM debian\\nCOPY f /\\nCMD cat /f\\n' | ${stock} -f - repo`, 'f')
    await runs(`cp repo/Dockerfile other && ${stock} -f other repo/sub`, 'Dockerfile\ninside')
    await runs(`printf 'FROM debian\\nCOPY f /\\nCMD cat /f\\n' | essaim build -t ctx -f - repo`, 'f')
    await lab.says(
      'essaim build -q --iidfile id repo && docker image inspect -f "{{.Id}}" $(cat id)',
      /^(sha256:[0-9a-f]{64})\n\1$/,
    )
  } finally {
    await lab.does('kill $(cat git.pid)')
    await lab.does(`kill $(pgrep -f "httpd -p 127.0.0.1:8000 -h $PWD/srv")`)
  }
}
