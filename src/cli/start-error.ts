/** Why the program can't start, as far as the operator can mend it. */

/** The message is for the terminal: it says what is wrong and what to do. Without a stack, since it is no bug. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
}

/** The system's reason, as `strerror` says it. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return reasons[code ?? ''] ?? message
}
