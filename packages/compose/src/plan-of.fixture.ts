import { type StackPlan, planStack } from './plan/plan.js'

/** A plan of files that are given as text, for tests; `others` are what `file:` and `env_file:` may name. */
export function planOf(
  texts: string | string[],
  env: Record<string, string> = {},
  others: Record<string, string> = {},
): StackPlan {
  const files = [texts].flat().map((text, index) => ({ name: index === 0 ? 'stack.yml' : `over${index}.yml`, text }))
  const read = (path: string): Uint8Array | undefined => {
    const text = others[path.replace(/^\/project\//, '')]
    return text === undefined ? undefined : Buffer.from(text)
  }
  return planStack({ files, env, directory: '/project', read }, 'app')
}
