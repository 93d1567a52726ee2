import { invalid } from '@essaim/base'
import { checkStatement } from './check.js'
import { parseError } from './parse-error.js'
import { flagOf, type Statement } from './statement.js'

/** One `FROM` and what follows it. */
export interface Stage {
  from: Statement
  /** The image or stage that it begins with, variables not yet replaced. */
  base: string
  /** In small letters. */
  name?: string
  platform?: string
  steps: Statement[]
}

export interface Dockerfile {
  /** `ARG` before the first `FROM`: what every `FROM` may refer to. */
  globals: Statement[]
  stages: Stage[]
}

/** Checks instructions and sorts them into stages. With `target` only the stages up to it are kept. */
export function readStages(statements: Statement[], target: string | undefined): Dockerfile {
  const globals: Statement[] = []
  const stages: Stage[] = []
  for (const statement of statements) {
    checkStatement(statement)
    const stage = stages.at(-1)
    if (statement.name === 'FROM') stages.push(readFrom(statement, stages))
    else if (stage) stage.steps.push(statement)
    else if (statement.name === 'ARG') globals.push(statement)
    else throw parseError(statement.line, 'no build stage in current context: an image begins with FROM')
  }
  if (stages.length === 0) throw invalid('build.stage', 'no build stage in current context')
  return { globals, stages: stages.slice(0, targetIndex(stages, target) + 1) }
}

/** The index of a stage by name or number; -1 when there is none. */
export function stageIndex(stages: Stage[], name: string): number {
  const named = stages.findLastIndex((stage) => stage.name === name.toLowerCase())
  if (named >= 0) return named
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : -1
}

function targetIndex(stages: Stage[], target: string | undefined): number {
  if (target === undefined || target === '') return stages.length - 1
  const index = stageIndex(stages, target)
  if (index < 0) throw invalid('build.target', `failed to reach build target ${target} in Dockerfile`)
  return index
}

function readFrom(from: Statement, earlier: Stage[]): Stage {
  const [base, as, name, ...more] = from.text.split(/\s+/)
  if (
    base === undefined ||
    base === '' ||
    more.length > 0 ||
    (as !== undefined && (as.toUpperCase() !== 'AS' || !name))
  ) {
    throw parseError(from.line, 'FROM requires either one or three arguments')
  }
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(name)) {
    throw parseError(
      from.line,
      `invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
    )
  }
  if (earlier.some((stage) => stage.name !== undefined && stage.name === name?.toLowerCase())) {
    throw parseError(from.line, `${name?.toLowerCase()}: a stage name already used`)
  }
  const platform = flagOf(from, 'platform')
  return {
    from,
    base,
    steps: [],
    ...(name !== undefined && { name: name.toLowerCase() }),
    ...(platform !== undefined && { platform }),
  }
}
