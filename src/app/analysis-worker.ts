// Worker thread: analyses one stack and ends. It is stopped by terminating it.
import { parentPort, workerData } from 'node:worker_threads';
import { type AnalysisJob, runAnalysisJob } from './analysis-job.ts';

parentPort!.postMessage(runAnalysisJob(workerData as AnalysisJob));
