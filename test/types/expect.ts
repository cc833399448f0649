type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only if the value has exactly this type: `expectType<number>()(value)`. */
export const expectType =
  <Expected>() =>
  <Actual>(_value: Actual & (Same<Actual, Expected> extends true ? unknown : never)): void => {}
