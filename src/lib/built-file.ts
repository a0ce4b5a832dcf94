/** Where the programs of threads and processes of our own are. */
import { fileURLToPath } from 'node:url'

/** The path of a built file: beside the module at `moduleUrl` when that is built, in `dist` when it is the source (Node 20
 *  runs no .ts). Whoever starts a file that is not there is told so by Node. */
export function builtFile(moduleUrl: string, name: string): string {
  const built = moduleUrl.endsWith('.ts') ? moduleUrl.replace(/\/src\/(?!.*\/src\/)/, '/dist/src/') : moduleUrl
  return fileURLToPath(new URL(`./${name}.js`, built))
}
