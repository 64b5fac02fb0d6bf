// Looks at the first bytes of a stream and leaves them in.

export interface Peeked {
  /** At least as many bytes as were asked for, unless the stream is shorter. */
  readonly head: Buffer;
  /** The whole stream, to be read once. */
  readonly all: AsyncIterable<Uint8Array>;
}

export async function peek(input: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const rest = input[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let isDone = false;
  for (let seen = 0; seen < bytes && !isDone;) {
    const next = await rest.next();
    if (next.done) isDone = true;
    else {
      chunks.push(next.value);
      seen += next.value.length;
    }
  }
  return { head: Buffer.concat(chunks), all: joined(chunks, rest, isDone) };
}

async function* joined(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  isDone: boolean,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
    while (!isDone) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
