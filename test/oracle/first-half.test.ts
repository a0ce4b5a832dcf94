import { families } from './families.ts'
import { hearTheOracle } from './short-form.ts'

// Every other one: the long families stand side by side.
hearTheOracle(families.filter((_family, index) => index % 2 === 0))
