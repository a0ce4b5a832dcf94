/** A thread that helps to write one message to many sockets (`WriteCrew`). */
import { workerData } from 'node:worker_threads'
import { type JobMemory, serveJobs } from './write-job.ts'

serveJobs(workerData as JobMemory)
