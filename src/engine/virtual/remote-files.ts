// The files of the container for the thread of a shell: every call goes to the process that holds them.
import type { MessagePort } from 'node:worker_threads';
import { PhylloError } from '../../lib/errors.ts';
import type { AnswerMessage, CallMessage, ThreadCalls } from './thread-messages.ts';

type Called<Method extends keyof ThreadCalls> = Promise<Awaited<ReturnType<ThreadCalls[Method]>>>;

export class RemoteFiles {
  private readonly port: MessagePort;
  private readonly waiting = new Map<number, (answer: AnswerMessage) => void>();
  private last = 0;

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', (answer: AnswerMessage) => {
      this.waiting.get(answer.call)?.(answer);
      this.waiting.delete(answer.call);
    });
  }

  async call<Method extends keyof ThreadCalls>(
    method: Method,
    ...args: Parameters<ThreadCalls[Method]>
  ): Called<Method> {
    const call = ++this.last;
    const message: CallMessage = { call, method, args };
    const answer = await new Promise<AnswerMessage>((resolve) => {
      this.waiting.set(call, resolve);
      this.port.postMessage(message);
    });
    if (answer.error === undefined) return answer.value as Awaited<Called<Method>>;
    const { code, message: text, errno } = answer.error;
    throw new PhylloError(code, text, { data: { errno } });
  }
}
