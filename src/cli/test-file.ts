/** True for the name of a file of scenarios. */
export const isTestFile = (name: string): boolean => /\.test\.ya?ml$/i.test(name)
