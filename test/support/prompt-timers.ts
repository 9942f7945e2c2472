import { afterAll, beforeAll } from '@jest/globals';

/**
 * For tests of what sends by octokit: its limiters let time pass a dozen times for each request, zero milliseconds each
 * time, of which Node makes one. Here they go on at once; every other timer is as it was.
 */
export function usePromptTimers(): void {
  const { setTimeout: real } = globalThis;
  beforeAll(() => {
    const prompt = (done: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) =>
      ms === 0 ? setImmediate(done, ...values) : real(done, ms, ...values);
    globalThis.setTimeout = Object.assign(prompt, real) as unknown as typeof setTimeout;
  });
  afterAll(() => {
    globalThis.setTimeout = real;
  });
}
