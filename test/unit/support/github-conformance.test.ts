import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { routesInUse, SLICE, type Slice, shapeOf } from '../../../scripts/github-api.ts';
import { fetchGitHub } from '../../support/fetch-github.ts';
import { faultsOf } from '../../support/github-conformance.ts';
import { startGitHubServer } from '../../support/github-server.ts';

const slice = JSON.parse(readFileSync(SLICE, 'utf8')) as Slice;
const REFS = '/repos/acme/models/git/refs';

function faults(method: string, url: string, body?: unknown, contentType = 'application/json') {
  const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return faultsOf({ method, url, contentType, body: Buffer.from(sent) });
}

test('the description that is kept has every operation that the code asks for, and no other', () => {
  const kept = slice.operations.map(({ route }) => shapeOf(route)).sort();
  // If this fails: npm run github-api
  expect(kept).toEqual(routesInUse());
  expect(kept.length).toBeGreaterThan(8);
});

describe('a request conforms', () => {
  test.each([
    ['POST', REFS, { ref: 'refs/heads/x', sha: 'a' }],
    ['PATCH', `${REFS}/heads%2Fx`, { sha: 'a', force: false }],
    ['GET', '/repos/acme/models/contents/a/b.yml?ref=main', undefined],
    ['POST', '/repos/acme/models/dispatches', { event_type: 'x', client_payload: { any: { thing: 1 } } }],
    ['POST', '/repos/acme/models/git/trees', { tree: [{ path: 'a', mode: '100644', content: '' }] }],
  ])('%s %s', (method, url, body) => {
    expect(faults(method, url, body)).toEqual([]);
  });
});

describe('a request does not conform', () => {
  test.each<[string, string, string, unknown, RegExp]>([
    [
      'an operation that is not in use',
      'GET',
      '/repos/acme/models/stargazers',
      undefined,
      /no such operation/,
    ],
    ['another method', 'PUT', REFS, { ref: 'x', sha: 'a' }, /no such operation/],
    ['a field that is missing', 'POST', REFS, { ref: 'refs/heads/x' }, /required property 'sha'/],
    ['a field of another type', 'POST', REFS, { ref: 'refs/heads/x', sha: 7 }, /body\/sha must be string/],
    ['a field that is not known', 'POST', REFS, { ref: 'x', sha: 'a', force: true }, /additional.*"force"/],
    ['one in a list', 'POST', '/repos/a/b/git/trees', { tree: [{ file: 'a' }] }, /body\/tree\/0 .*"file"/],
    [
      'a value out of its list',
      'POST',
      '/repos/a/b/git/trees',
      { tree: [{ mode: '644' }] },
      /allowed values/,
    ],
    [
      'a parameter that is not known',
      'GET',
      '/repos/a/b/contents/x?branch=main',
      undefined,
      /branch in the query/,
    ],
    ['a body that is missing', 'POST', REFS, undefined, /lacks a body/],
    ['a body that is not taken', 'GET', '/repos/a/b/git/blobs/0', {}, /takes none/],
    ['a body that is not JSON', 'POST', REFS, '{', /not JSON/],
  ])('%s', (_, method, url, body, message) => {
    expect(faults(method, url, body).join('\n')).toMatch(message);
  });

  test('with another content type', () => {
    const sent = { ref: 'refs/heads/x', sha: 'a' };
    expect(faults('POST', REFS, sent, 'text/plain')).toEqual([expect.stringMatching(/text\/plain/)]);
  });

  test('to the loopback server, which then does not close in silence', async () => {
    const server = await startGitHubServer();
    await fetchGitHub(server).request('POST /repos/{owner}/{repo}/git/refs', { ref: 'refs/heads/x' });
    await expect(server.close()).rejects.toThrow(/POST \/repos\/acme\/models\/git\/refs: .*property 'sha'/);
  });
});
