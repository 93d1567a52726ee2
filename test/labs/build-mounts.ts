import type { Lab } from './lab.js'

const build = (flags: string): string => `DOCKER_BUILDKIT=0 docker build --network none ${flags} . 2>&1`

/** `RUN --mount` in all its kinds, and that nothing of it is in the image. */
export async function mountsOfCommands(lab: Lab): Promise<void> {
  await lab.does('rm -rf * && mkdir -p src/sub && echo a >src/a && echo b >src/sub/b && echo c >src/sub/c.go')
  await lab.write(
    'Dockerfile',
    `ARG KEY=k
FROM --platform=$BUILDPLATFORM debian AS made
RUN mkdir -p /o/p && echo of the stage >/o/p/f
FROM debian
ARG KEY
ARG TARGETPLATFORM
ENV FILE=a.tar.gz
ENV SHORT=\${FILE%%.*} EXT=\${FILE##*.} OTHER=\${FILE/tar/zip}
RUN echo $TARGETPLATFORM $SHORT $EXT $OTHER >/said
RUN --mount=type=bind,from=made,source=/o,target=/m/n --mount=from=busybox,source=/etc/passwd,target=/pw,rw \\
  cat /m/n/p/f >>/said && echo more >>/pw && tail -n 1 /pw >>/said
RUN --mount=target=/ctx,rw echo w >/ctx/w && cat /ctx/w >>/said
RUN --mount=target=/ctx ls /ctx >>/said && ! touch /ctx/x
RUN --mount=type=cache,target=/c,id=$KEY,mode=0700,uid=5 stat -c '%a %u' /c >>/said
RUN --mount=type=secret,id=absent [ ! -e /run/secrets/absent ]
RUN --network=none ! ip link show eth0
RUN <<SCRIPT
#!/bin/busybox sh
echo run by $0 >>/said
SCRIPT
COPY --parents src/./sub/*.go /parents/
COPY --exclude=**/*.go src /some/
COPY --link --chmod=0711 src/a /linked/a
`,
  )
  await lab.does(build('-t mounts'))
  const said = 'linux/amd64 a gz a.zip.gz\nof the stage\nmore\nw\nDockerfile\nsrc\n700 5\nrun by /dev/pipes/SCRIPT'
  await lab.says('docker run --rm mounts cat /said', said)
  await lab.says(
    'docker run --rm mounts sh -c "find /parents /some -type f | sort; stat -c %a /linked/a; ls -d /m /pw /ctx /c /run/secrets 2>/dev/null || echo none"',
    '/parents/sub/c.go\n/some/a\n/some/sub/b\n711\nnone',
  )
  await lab.says(`${build('')} | grep -c "Using cache"`, '16')
}

/** A secret reaches its command, by our own client and by the stock one, and is nowhere afterwards. */
export async function secretsOfBuilds(lab: Lab): Promise<void> {
  await lab.write(
    'Dockerfile',
    `FROM debian
RUN --mount=type=secret,id=token --mount=type=secret,id=token,target=/x/y,mode=0444,uid=7 \\
  stat -c '%a %u' /run/secrets/token /x/y && stat -f -c %T /x/y && md5sum </run/secrets/token
`,
  )
  await lab.does('printf "very secret words" >token')
  const seen = /400 0\n444 7\ntmpfs\n[0-9a-f]{32} {2}-/
  await lab.says('essaim build -t kept --secret id=token,src=token . 2>&1', seen)
  await lab.says('docker run --rm kept sh -c "ls -d /run/secrets /x 2>/dev/null || echo gone"', 'gone')
  const header = '$(printf \'{"token":"%s"}\' $(base64 -w0 token) | base64 -w0)'
  await lab.does(
    `mkdir -p cfg && echo "{\\"HttpHeaders\\":{\\"X-Essaim-Build-Secrets\\":\\"${header}\\"}}" >cfg/config.json`,
  )
  await lab.says('DOCKER_BUILDKIT=0 docker --config cfg build --no-cache . 2>&1', seen)
  const root = lab.daemon.folder
  await lab.says(`grep -rl "very secret words" ${root} 2>/dev/null || echo nowhere`, 'nowhere')
  await lab.says(`grep -rl $(base64 -w0 token) ${root} 2>/dev/null || echo nowhere`, 'nowhere')
  await lab.does("sed -i 's/id=token /id=token,required=true /' Dockerfile")
  await lab.refuses(
    'DOCKER_BUILDKIT=0 docker build --no-cache .',
    /secret token: not found \(line 2 of the Dockerfile\)/,
  )
  await lab.refuses('essaim build --secret id=token,src=none .', /secret token: there is no file "none" to read/)
}
