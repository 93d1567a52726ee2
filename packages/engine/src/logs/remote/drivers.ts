import { fluentd } from './fluentd.js'
import { gelf } from './gelf.js'
import { journald } from './journald.js'
import type { RemoteDriver } from './sink.js'
import { syslog } from './syslog.js'

/** The log drivers that send lines to another process, by name. */
export const remoteDrivers: Readonly<Record<string, RemoteDriver>> = { fluentd, gelf, journald, syslog }
