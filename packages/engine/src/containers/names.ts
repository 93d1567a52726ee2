import { randomInt } from 'node:crypto'
import { invalid } from '@essaim/base'

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/** Checks a name, with or without its slash, in Docker's words; answers it without. */
export function checkName(name: string): string {
  const bare = name.startsWith('/') ? name.slice(1) : name
  if (!pattern.test(bare)) {
    throw invalid('container.name', `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)
  }
  return bare
}

const moods = (
  'able amber brave bright brisk busy calm candid clever cosy crisp daring dapper eager early easy fair fleet fond ' +
  'gentle glad golden happy hardy honest humble jolly keen kind lively loyal lucid mellow merry mild nimble noble ' +
  'patient placid plucky polite proud quick quiet ready rosy serene sharp silent smart steady sunny swift tidy ' +
  'tranquil trusty upbeat valiant vivid warm wise witty young zesty'
).split(' ')

const insects = (
  'ant aphid bee beetle bumblebee butterfly caddis carpenter chafer cicada cricket damselfly dragonfly drone earwig ' +
  'emperor firefly forager glowworm grasshopper hawkmoth honeybee hornet hoverfly katydid lacewing ladybird leafcutter ' +
  'locust mantis mason mayfly midge monarch moth orchard painted peacock queen sawfly scarab scout skimmer skipper ' +
  'stonefly swallowtail termite vulcan wasp weaver weevil worker'
).split(' ')

/** A name that is easy to say; the later attempts carry a digit. */
export function randomName(taken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${moods[randomInt(moods.length)]}_${insects[randomInt(insects.length)]}${attempt > 5 ? randomInt(1000) : ''}`
    if (!taken(name)) return name
  }
}
