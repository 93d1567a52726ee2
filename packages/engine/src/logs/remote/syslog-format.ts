export type SyslogFormat = '' | 'rfc3164' | 'rfc5424' | 'rfc5424micro'

export interface SyslogMessage {
  /** Facility and severity together, as RFC 5424 section 6.2.1 counts them. */
  priority: number
  /** RFC 3339 with nanoseconds. */
  time: string
  hostname: string
  tag: string
  pid: number
  text: Buffer
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `Jan  2 15:04:05` in local time, as RFC 3164 has it. */
function stampOf(time: string): string {
  const at = new Date(time)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = String(at.getDate()).padStart(2, ' ')
  return `${months[at.getMonth()]} ${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** One message as it goes on the wire, without framing; without a format it is that of a local syslog. */
export function formatSyslog(format: SyslogFormat, message: SyslogMessage): Buffer {
  const { priority, time, hostname, tag, pid, text } = message
  return Buffer.concat([Buffer.from(head()), text])

  function head(): string {
    switch (format) {
      case '':
        return `<${priority}>${stampOf(time)} ${tag}[${pid}]: `
      case 'rfc3164':
        return `<${priority}>${stampOf(time)} ${hostname} ${tag}[${pid}]: `
      case 'rfc5424':
        return `<${priority}>1 ${time.slice(0, 19)}Z ${hostname} ${tag} ${pid} ${tag} - `
      case 'rfc5424micro':
        return `<${priority}>1 ${time.slice(0, 26)}Z ${hostname} ${tag} ${pid} ${tag} - `
    }
  }
}

/** The octet counting of RFC 5425. */
export function countOctets(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}
