import { families } from './families.ts'
import { hearTheOracle } from './short-form.ts'

hearTheOracle(families.filter((_family, index) => index % 2 === 1))
