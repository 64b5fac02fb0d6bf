import { expect, test } from 'vitest';
import { instructionText, stackRows } from '../../src/oci/history.ts';

test.each([
  ['/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx" "-g" "daemon off;"]'],
  ['/bin/sh -c #(nop) COPY file:1f0d in /etc/ ', 'COPY file:1f0d in /etc/'],
  ['/bin/sh -c apt-get update && apt-get install -y nginx', 'RUN apt-get update && apt-get install -y nginx'],
  ['|1 VERSION=2 /bin/sh -c make', 'RUN make'],
  ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
  ['RUN |1 VERSION=2 /bin/sh -c make # buildkit', 'RUN make'],
  ['RUN /bin/bash -c x # buildkit', 'RUN /bin/bash -c x'],
  ['COPY app /app # buildkit', 'COPY app /app'],
  ['EXPOSE map[443/tcp:{} 80/tcp:{}]', 'EXPOSE 443/tcp 80/tcp'],
  ['/bin/sh -c #(nop)  EXPOSE map[80/tcp:{}]', 'EXPOSE 80/tcp'],
  ['ENV A=b', 'ENV A=b'],
  ['', ''],
])('%j was %j', (createdBy, instruction) => {
  expect(instructionText(createdBy)).toBe(instruction);
});

const entry = (createdBy: string, emptyLayer = false) => ({ createdBy, emptyLayer });

test('rows name the layer that each instruction made', () => {
  const rows = stackRows([entry('ADD x'), entry('ENV A=b', true), entry('COPY y')], 2);
  expect(rows.map(({ index, layer, instruction }) => [index, layer, instruction])).toEqual([
    [0, 0, 'ADD x'],
    [1, undefined, 'ENV A=b'],
    [2, 1, 'COPY y'],
  ]);
});

test('layers without a history are still there', () => {
  expect(stackRows([], 2).map(({ layer }) => layer)).toEqual([0, 1]);
  expect(stackRows([entry('ADD x')], 2).map(({ layer }) => layer)).toEqual([0, 1]);
});

test('history beyond the layers made none', () => {
  expect(stackRows([entry('a'), entry('b')], 1).map(({ layer }) => layer)).toEqual([0, undefined]);
});
