/** When a turn ends in the midst of a client's input, or has more than one record. */

/** A turn that answered more ends, so that its buffer is sent and used again rather than grown. */
export const replyBytesHigh = 1024 * 1024
/** A turn that wrote more goes into more than one record. */
export const recordBytesHigh = 64 * 1024 * 1024
/** Answers that wait for nothing are sent after so long, though more of the same input is there: a client that sent much at once can work on
 *  the first while the rest is done. Each time costs a system call that wakes the client: jobs that BullMQ adds in bulk came slower
 *  with 300 and 500 microseconds, and no faster with 2000. */
export const answerAfterUs = 1000
