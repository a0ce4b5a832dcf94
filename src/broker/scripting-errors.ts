/** What is said of scripts that run. */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const notBusy = (): ReplyError => new ReplyError('NOTBUSY No scripts in execution right now.')

export const unkillable = (): ReplyError =>
  new ReplyError(
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script ' +
      'termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  )
