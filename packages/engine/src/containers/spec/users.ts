import { invalid, notFound } from '@essaim/base'
import type { OciUser } from './types.js'

/** The two files of the image that give names to numbers; empty when the image has none. */
export interface UserFiles {
  passwd: string
  group: string
}

interface PasswdEntry {
  name: string
  uid: number
  gid: number
}

interface GroupEntry {
  name: string
  gid: number
  members: string[]
}

/** `user[:group]`, by name or number, and further groups: who the process is. Throws Docker's words for unknown names. */
export function resolveUser(spec: string, groupAdd: string[], files: UserFiles): OciUser {
  const colon = spec.indexOf(':')
  const userPart = colon < 0 ? spec : spec.slice(0, colon)
  const groupPart = colon < 0 ? '' : spec.slice(colon + 1)
  const users = parsePasswd(files.passwd)
  const groups = parseGroup(files.group)

  const wanted = userPart === '' ? '0' : userPart
  const entry = users.find((user) => user.name === wanted) ?? users.find((user) => String(user.uid) === wanted)
  const uid = entry?.uid ?? numeric(wanted)
  if (uid === undefined) {
    throw invalid('container.user', `unable to find user ${userPart}: no matching entries in passwd file`)
  }

  let gid = entry?.gid ?? 0
  let additional: number[] = []
  if (groupPart !== '') {
    gid = groupId(groupPart, groups)
  } else if (entry) {
    additional = groups.filter((group) => group.members.includes(entry.name)).map((group) => group.gid)
  }
  const added = groupAdd.map((name) => groupId(name, groups, 'Unable'))
  return { uid, gid, additionalGids: [...new Set([gid, ...additional, ...added])] }
}

/** Of a user's own group runc says it, of one that is added Docker does. */
function groupId(wanted: string, groups: GroupEntry[], unable: 'unable' | 'Unable' = 'unable'): number {
  const found = groups.find((group) => group.name === wanted)?.gid ?? numeric(wanted)
  if (found === undefined) {
    throw notFound('container.group', `${unable} to find group ${wanted}: no matching entries in group file`)
  }
  return found
}

/** An id as the kernel takes it: 0 to 2^31-1 (runc's limit), or undefined for anything else. */
function numeric(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined
  const id = Number(text)
  if (id > 2147483647) throw invalid('container.user', 'uids and gids must be in range 0-2147483647')
  return id
}

function parsePasswd(text: string): PasswdEntry[] {
  return rows(text).flatMap(([name, , uid, gid]) =>
    name !== undefined && uid !== undefined && gid !== undefined ? [{ name, uid: Number(uid), gid: Number(gid) }] : [],
  )
}

function parseGroup(text: string): GroupEntry[] {
  return rows(text).flatMap(([name, , gid, members]) =>
    name !== undefined && gid !== undefined
      ? [{ name, gid: Number(gid), members: (members ?? '').split(',').filter((member) => member !== '') }]
      : [],
  )
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'))
}
