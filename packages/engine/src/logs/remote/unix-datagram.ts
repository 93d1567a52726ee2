import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { dialError, type Transport } from './transport.js'

/**
 * Node has no datagram sockets of the unix family, and perl is in every Debian: it sends what comes on standard input, each
 * message behind its length in four bytes, and answers a byte for each.
 */
const program = `
use Socket; $| = 1; binmode STDIN;
my $to = sockaddr_un($ARGV[0]);
socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die "$!\\n";
sub dial { return connect($s, $to) }
unless (dial()) { print "E$!\\n"; exit 1 }
print "K";
sub take { my $n = shift; my $b = ''; while (length($b) < $n) { my $r = sysread(STDIN, $b, $n - length($b), length($b)); exit 0 unless $r } return $b }
while (1) {
  my $m = take(unpack('N', take(4)));
  my $ok = send($s, $m, 0);
  unless (defined $ok) { socket($s, PF_UNIX, SOCK_DGRAM, 0); $ok = send($s, $m, 0) if dial() }
  print defined $ok ? "K" : "F";
}
`

/** Datagrams to a socket's path, such as /dev/log. */
export class UnixDatagramTransport implements Transport {
  #child: ChildProcess | undefined
  #wait: ((answer: string) => void) | undefined

  constructor(private readonly path: string) {}

  async connect(): Promise<void> {
    if (this.#child) return
    const child = spawn('perl', ['-e', program, '--', this.path], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child = child
    child.stdout.on('data', (data: Buffer) => this.#wait?.(data.toString()))
    child.stdin.on('error', () => child.kill())
    child.once('error', () => this.#ended(child))
    child.once('close', () => this.#ended(child))
    const answer = await this.#answer()
    if (answer.startsWith('K')) return
    await this.close()
    const reason = answer.slice(1).trim().toLowerCase()
    throw dialError('unixgram', this.path, new Error(`connect: ${reason || 'cannot run perl: install perl-base'}`))
  }

  async send(message: Buffer): Promise<void> {
    await this.connect()
    const head = Buffer.alloc(4)
    head.writeUInt32BE(message.length)
    const answer = this.#answer()
    this.#child?.stdin?.write(Buffer.concat([head, message]))
    if (!(await answer).startsWith('K')) throw new Error(`write unixgram ${this.path}: nobody takes it`)
  }

  async close(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = once(child, 'close')
    child.stdin?.end()
    await gone
  }

  #answer(): Promise<string> {
    return new Promise((resolve) => (this.#wait = resolve))
  }

  #ended(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined
    this.#wait?.('')
  }
}
