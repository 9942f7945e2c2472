import { describe, expect, test } from '@jest/globals';
import {
  byCommand,
  byRepositoryDispatch,
  checkEventType,
  DISPATCH_LIMITS,
  retrainPayload,
} from '../../../shared/drift/dispatch.ts';
import type { RetrainRequest } from '../../../shared/drift/state.ts';
import type { CommandOptions, Files, GitHub } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const request: RetrainRequest = {
  dedupeKey: `sha256:${'d'.repeat(64)}`,
  requestedAt: '2026-01-05T00:00:00.000Z',
  champion: { digest: `sha256:${'a'.repeat(64)}`, version: '1.2.0' },
  reasons: ['performance', 'drift'],
};

describe('a repository_dispatch', () => {
  const sent: { route: string; parameters: Record<string, unknown> | undefined }[] = [];
  const github =
    (status: number, data: unknown = null) =>
    async (): Promise<GitHub> => ({
      owner: 'acme',
      repo: 'demand',
      list: async () => ({ status: 404, data: null }),
      request: async (route, parameters) => {
        sent.push({ route, parameters });
        return { status, data };
      },
    });

  test('carries names, digests and codes within GitHub’s limits', async () => {
    sent.length = 0;
    await byRepositoryDispatch(github(204), 'ml-retrain', 'demand')(request);
    expect(sent[0]?.route).toBe('POST /repos/{owner}/{repo}/dispatches');
    expect(sent[0]?.parameters).toMatchObject({ owner: 'acme', repo: 'demand', event_type: 'ml-retrain' });
    const payload = sent[0]?.parameters?.client_payload as Record<string, unknown>;
    expect(payload).toEqual({
      schema: 'ml-loop/retrain@1',
      name: 'demand',
      champion: request.champion,
      reasons: ['performance', 'drift'],
      'requested-at': request.requestedAt,
      'dedupe-key': request.dedupeKey,
      repository: 'acme/demand',
    });
    expect(Object.keys(payload).length).toBeLessThanOrEqual(DISPATCH_LIMITS.keys);
  });

  test.each([403, 404])('a refusal with %i names the permission', async (status) => {
    const error = await byRepositoryDispatch(
      github(status),
      'ml-retrain',
      'demand',
    )(request).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('contents: write');
  });

  test('another refusal says what GitHub said', async () => {
    const refused = byRepositoryDispatch(github(422, { message: 'No event type' }), 'x', 'demand')(request);
    await expect(refused).rejects.toThrow(/422: No event type/);
  });

  test('an event type beyond 100 characters is refused beforehand', () => {
    expect(() => checkEventType('x'.repeat(100))).not.toThrow();
    expect(() => checkEventType('x'.repeat(101))).toThrow(UserError);
  });

  test('a payload beyond 64 KiB is refused', () => {
    expect(() => retrainPayload('x'.repeat(70_000), request)).toThrow(UserError);
  });
});

describe('a retrain-command', () => {
  const calls: { argv: readonly string[]; options: CommandOptions | undefined }[] = [];
  const written = new Map<string, string>();
  const logged: string[] = [];
  const ports = (exitCode: number) => ({
    files: {
      writeReport: async (name: string, content: string) => {
        written.set(`/report/${name}`, content);
        return `/report/${name}`;
      },
    } as Files,
    log: { info: (message: string) => void logged.push(message) },
    commands: {
      run: async (argv: readonly string[], options?: CommandOptions) => {
        calls.push({ argv, options });
        return {
          exitCode,
          stdout: '',
          stderr: 'loading\nno such table\n',
          timedOut: false,
          truncated: false,
        };
      },
    },
  });

  test('gets the payload’s path and the reasons in its environment, and its arguments untouched', async () => {
    calls.length = 0;
    const argv = ['node', 'train.mjs', '$(rm -rf x); "a b"'];
    await byCommand(ports(0), { argv, timeoutMs: 1000 }, 'demand')(request);
    expect(calls[0]?.options?.timeoutMs).toBe(1000);
    expect(calls[0]?.argv).toEqual(argv);
    const path = calls[0]?.options?.env?.ML_LOOP_PAYLOAD ?? '';
    expect(calls[0]?.options?.env).toMatchObject({
      ML_LOOP_REASONS: 'performance,drift',
      ML_LOOP_DEDUPE_KEY: request.dedupeKey,
    });
    expect(JSON.parse(written.get(path) ?? '')).toEqual(retrainPayload('demand', request));
  });

  test('its failure is the user’s to fix; what it wrote is in the log alone', async () => {
    const failed = byCommand(ports(3), { argv: ['train'], timeoutMs: 1000 }, 'demand')(request);
    await expect(failed).rejects.toThrow(UserError);
    await expect(failed).rejects.toThrow(/exit code 3/);
    await expect(failed).rejects.not.toThrow(/no such table/);
    expect(logged).toEqual(['retrain: loading', 'retrain: no such table']);
  });
});
