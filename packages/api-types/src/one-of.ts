import * as Type from './type.js'

/** A string that is one of `values`. Decoding does not refuse others: the noun's own validation words the refusal. */
export function OneOf<const T extends string[]>(...values: T): Type.TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: values })
}
