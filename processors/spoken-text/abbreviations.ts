import { inTurn, rule } from './rule.ts'

const words: Readonly<Record<string, string>> = {
  'Mr.': 'Mister',
  'Mrs.': 'Missus',
  'Ms.': 'Miz',
  'Dr.': 'Doctor',
  'Prof.': 'Professor',
  'e.g.': 'for example',
  'i.e.': 'that is',
  'vs.': 'versus',
  'approx.': 'approximately',
}

/** `Dr.` to `Doctor`, `e.g.` to `for example`, `No. 5` to `number 5`, `etc.` to `et cetera`. */
export const abbreviations = inTurn(
  rule(/(?<![\w.])(?:Mr|Mrs|Ms|Dr|Prof|e\.g|i\.e|vs|approx)\.(?!\w)/g, ([as = '']) => words[as]),
  rule(/(?<![\w.])St\. (?=\p{Lu})/gu, () => 'Saint '),
  rule(/(?<![\w.])[Nn]os?\. ?(?=\d)/g, () => 'number '),
  // A full stop that ends the sentence as well cannot be told from one that does not.
  rule(/(?<![\w.])etc(?=\.)/g, () => 'et cetera'),
)
