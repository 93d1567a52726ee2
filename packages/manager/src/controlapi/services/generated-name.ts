import { randomInt } from 'node:crypto'

const manners =
  'brave calm clever eager gentle happy jolly keen kind lively lucid merry quick quiet sharp sunny swift warm wise witty'
const scholars =
  'archimedes bohr curie darwin einstein euclid euler fermat galileo gauss hopper kepler lamarr lovelace newton noether pasteur ritchie turing volta'

/** A name for a service that was given none: two words, as Docker makes them, and a number that keeps them apart. */
export function generateName(): string {
  const word = (words: string): string => words.split(' ')[randomInt(words.split(' ').length)] ?? words
  return `${word(manners)}_${word(scholars)}${randomInt(1000)}`
}
