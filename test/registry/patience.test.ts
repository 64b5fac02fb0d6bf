// How long the other side is waited for.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from '../../src/registry/patience.ts';

let stalls = 0;
let patience: Patience;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  stalls = 0;
  patience = new Patience(30_000, () => stalls++);
});

afterEach(() => {
  vi.useRealTimers();
});

function waitFor(ms: number, bytes: number): void {
  patience.wait();
  vi.advanceTimersByTime(ms);
  patience.got(bytes);
}

test('one wait that is too long is a stall', () => {
  waitFor(30_000, 0);
  expect(stalls).toBe(1);
});

test('a byte a second is one too', () => {
  for (let second = 0; second < 29; second++) waitFor(1000, 1);
  expect(stalls).toBe(0);
  waitFor(1000, 1);
  expect(stalls).toBe(1);
});

test('real progress begins anew', () => {
  for (let second = 0; second < 100; second++) waitFor(1000, 1000);
  expect(stalls).toBe(0);
});

test('who does not wait loses no patience', () => {
  for (let round = 0; round < 10; round++) {
    waitFor(10, 1);
    vi.advanceTimersByTime(60_000);
  }
  patience.end();
  vi.advanceTimersByTime(60_000);
  expect(stalls).toBe(0);
});
