import { nameOf } from './arguments.js'
import { options, type Option } from './options.js'

const width = 36

export function helpText(): string {
  const lines = options.map((option: Option) => {
    const name = `${option.short === undefined ? '    ' : ''}${nameOf(option)}`
    const left = `  ${name}${option.placeholder === undefined ? '' : ` ${option.placeholder}`}`
    return left.length < width - 1
      ? `${left.padEnd(width)}${option.help}`
      : `${left}\n${' '.repeat(width)}${option.help}`
  })
  return `Usage:  essaimd [OPTIONS]

A container engine with swarm mode that speaks the Docker Engine API. Runs in the foreground and logs to standard error.
SIGTERM or SIGINT ends it; containers go on running. SIGHUP reads labels, registries and the log level again from the file.

Options:
${lines.join('\n')}

Examples:
  essaimd
  essaimd -H unix:///run/essaim/docker.sock -H tcp://127.0.0.1:2375
  essaimd --data-root /srv/essaim --exec-root /run/essaim-test --log-level debug
  essaimd --containerd /run/containerd/containerd.sock --registry-mirror http://10.0.0.5:5000
  essaimd --config-file /etc/essaim/daemon.json

Exit codes: 0 ended by a signal; 1 could not start, or failed; 125 wrong command line.
`
}
