import { invalid } from '@essaim/base'

export interface Security {
  noNewPrivileges: boolean
  /** `default`, `unconfined`, or a profile's text. */
  seccomp: string
  /** The profile's name, `unconfined`, or empty for the host's usual one. */
  appArmor: string
}

/** `--security-opt`, each `key=value` (or the old `key:value`). Labels are for hosts with SELinux; elsewhere they do nothing. */
export function parseSecurity(options: string[]): Security {
  const out: Security = { noNewPrivileges: false, seccomp: 'default', appArmor: '' }
  for (const option of options) {
    if (option === 'no-new-privileges') {
      out.noNewPrivileges = true
      continue
    }
    const match = /^([^=:]+)[=:](.*)$/s.exec(option)
    if (!match) throw invalid('container.security-opt', `invalid --security-opt 1: "${option}"`)
    const [, key = '', value = ''] = match
    switch (key) {
      case 'no-new-privileges':
        if (value !== 'true' && value !== 'false') {
          throw invalid('container.security-opt', `invalid --security-opt 2: "${option}"`)
        }
        out.noNewPrivileges = value === 'true'
        break
      case 'seccomp':
        out.seccomp = value === '' || value === 'builtin' ? 'default' : value
        break
      case 'apparmor':
        out.appArmor = value
        break
      case 'label':
      case 'systempaths':
        break
      default:
        throw invalid('container.security-opt', `invalid --security-opt 2: "${option}"`)
    }
  }
  return out
}
