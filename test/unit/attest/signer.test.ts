import { describe, expect, test } from '@jest/globals';
import {
  type Signer,
  strangerBecause,
  type TrustedSigners,
  workflowProblem,
} from '../../../shared/attest/signer.ts';

const HOME = 'https://github.com/acme/demand';
const TRAIN = `${HOME}/.github/workflows/train.yml`;
const SIGNER: Signer = {
  issuer: 'https://token.actions.githubusercontent.com',
  workflow: `${TRAIN}@refs/heads/main`,
  started: `${TRAIN}@refs/heads/main`,
  repository: HOME,
  ref: 'refs/heads/main',
  commit: '0'.repeat(40),
  event: 'push',
  run: `${HOME}/actions/runs/1/attempts/1`,
};
const TRUSTED: TrustedSigners = {
  server: 'https://github.com',
  repository: 'acme/demand',
  defaultBranch: 'main',
  workflows: [],
};

const why = (signer: Partial<Signer> = {}, trusted: Partial<TrustedSigners> = {}) =>
  strangerBecause({ ...SIGNER, ...signer }, { ...TRUSTED, ...trusted });
const listed = (signer: Partial<Signer>, ...workflows: readonly string[]) => why(signer, { workflows });

describe('a workflow of the default branch is trusted', () => {
  test.each<[string, Partial<Signer>, Partial<TrustedSigners>]>([
    ['that signed itself', {}, {}],
    ['whatever the case of the repository’s name', {}, { repository: 'Acme/Demand' }],
    ['that a schedule, a person or another workflow started', { event: 'workflow_run' }, {}],
    [
      'that called a reusable one of another repository',
      { workflow: 'https://github.com/acme/ci/.github/workflows/judge.yml@refs/tags/v1' },
      {},
    ],
    ['of an enterprise’s own issuer', { issuer: `${SIGNER.issuer}/acme-inc` }, {}],
  ])('%s', (_, signer, trusted) => {
    expect(why(signer, trusted)).toBeUndefined();
  });

  test('on a server of one’s own, and on an enterprise’s domain, with their own issuers', () => {
    const moved = (server: string, issuer: string) => {
      const at = (text: string) => text.replace('https://github.com', server);
      const signer = {
        ...SIGNER,
        issuer,
        workflow: at(SIGNER.workflow),
        started: at(SIGNER.started),
        repository: at(HOME),
      };
      return strangerBecause(signer, { ...TRUSTED, server });
    };
    expect(moved('https://git.acme.example', 'https://git.acme.example/_services/token')).toBeUndefined();
    expect(moved('https://acme.ghe.com', 'https://token.actions.acme.ghe.com')).toBeUndefined();
    expect(moved('https://git.acme.example', SIGNER.issuer)).toMatch(/^for https:\/\/token\.actions/);
    expect(moved('https://acme.ghe.com', SIGNER.issuer)).toMatch(/^for https:\/\/token\.actions/);
  });
});

describe('a stranger is refused', () => {
  test.each<[string, Partial<Signer>, RegExp]>([
    [
      'another issuer',
      { issuer: 'https://accounts.google.com' },
      /^for https:\/\/accounts\.google\.com, not/,
    ],
    ['an issuer that only begins so', { issuer: `${SIGNER.issuer}.evil.example` }, /^for /],
    ['no issuer', { issuer: '' }, /^for an unknown issuer/],
    [
      'another repository',
      { repository: 'https://github.com/evil/demand' },
      /^in the repository https:\/\/github\.com\/evil\/demand, not in https:\/\/github\.com\/acme\/demand$/,
    ],
    ['a repository that only begins so', { repository: `${HOME}-2` }, /^in the repository/],
    ['no repository', { repository: '' }, /^in the repository that it does not name/],
    [
      'a pull request, whose workflow file is its own',
      {
        event: 'pull_request',
        ref: 'refs/pull/7/merge',
        workflow: `${TRAIN}@refs/pull/7/merge`,
        started: `${TRAIN}@refs/pull/7/merge`,
      },
      /^in a run that the event pull_request started, and a pull request may attest nothing$/,
    ],
    [
      'a pull request that runs on the default branch',
      { event: 'pull_request_target' },
      /pull_request_target/,
    ],
    ['no event', { event: '' }, /^in a run that the event without a name started/],
    [
      'a branch, which whoever can push may make',
      { ref: 'refs/heads/evil', workflow: `${TRAIN}@refs/heads/evil`, started: `${TRAIN}@refs/heads/evil` },
      /^in a run of refs\/heads\/evil, not of refs\/heads\/main$/,
    ],
    ['a branch of the merge queue', { ref: 'refs/heads/gh-readonly-queue/main/pr-7' }, /^in a run of refs/],
    ['a tag of the default branch’s name', { ref: 'refs/tags/main' }, /^in a run of refs\/tags\/main/],
    [
      'a workflow file of another branch',
      { started: `${TRAIN}@refs/heads/evil` },
      /^by .*train\.yml@refs\/heads\/evil/,
    ],
    [
      'a workflow file of another repository',
      { started: 'https://github.com/evil/demand/.github/workflows/train.yml@refs/heads/main' },
      /^by https:\/\/github\.com\/evil/,
    ],
    [
      'a ref with an @ that ends like the default branch',
      { started: `${TRAIN}@refs/heads/x@refs/heads/main` },
      /^by /,
    ],
  ])('%s', (_, signer, reason) => {
    expect(why(signer)).toMatch(reason);
  });
});

describe('attested-by', () => {
  const train = '.github/workflows/train.yml@refs/heads/main';
  const tagged = { ref: 'refs/tags/v1', workflow: `${TRAIN}@refs/tags/v1`, started: `${TRAIN}@refs/tags/v1` };
  const reusable = { workflow: 'https://github.com/acme/ci/.github/workflows/judge.yml@refs/tags/v1' };

  test('trusts the workflows that it lists', () => {
    expect(listed({}, train)).toBeUndefined();
    expect(listed({}, 'acme/demand/.github/workflows/*@refs/heads/main')).toBeUndefined();
    expect(listed(tagged, train, '.github/workflows/train.yml@refs/tags/v*')).toBeUndefined();
    expect(listed(reusable, 'acme/ci/.github/workflows/judge.yml@refs/tags/v1')).toBeUndefined();
    expect(
      listed(
        { ref: 'refs/heads/release/a/b', workflow: `${TRAIN}@refs/heads/release/a/b` },
        '.github/workflows/train.yml@refs/heads/release/**',
      ),
    ).toBeUndefined();
  });

  test('and no others', () => {
    expect(listed({}, '.github/workflows/other.yml@refs/heads/main')).toMatch(
      /^by https:.*train\.yml@refs\/heads\/main, which attested-by does not list \(\.github\/workflows\/other\.yml@refs\/heads\/main\)$/,
    );
    expect(listed(tagged, train)).toMatch(/^by /);
    expect(listed({ workflow: `${TRAIN}@refs/heads/main/evil` }, `${train.slice(0, -4)}*`)).toMatch(/^by /);
    expect(listed({ workflow: `${HOME}/.github/workflows/trainXyml@refs/heads/main` }, train)).toMatch(
      /^by /,
    );
    expect(listed(reusable, 'acme/ci/.github/workflows/judge.yml@refs/tags/v2')).toMatch(/^by /);
  });

  test('still asks for this repository, and for no pull request', () => {
    expect(listed({ repository: 'https://github.com/evil/demand' }, train)).toMatch(/^in the repository/);
    expect(listed({ event: 'pull_request' }, '.github/workflows/**@**')).toMatch(
      /pull request may attest nothing/,
    );
  });

  test('does not trust a branch that calls a trusted workflow of another repository', () => {
    const called = { ...reusable, ref: 'refs/heads/evil', started: `${TRAIN}@refs/heads/evil` };
    expect(listed(called, 'acme/ci/.github/workflows/judge.yml@refs/tags/v1')).toMatch(
      /^in a run of refs\/heads\/evil, not of refs\/heads\/main$/,
    );
  });

  test('does not trust a branch that calls a trusted workflow of the default branch', () => {
    const called = { ref: 'refs/heads/evil', started: `${HOME}/.github/workflows/x.yml@refs/heads/evil` };
    expect(listed(called, train)).toMatch(/^in a run of refs\/heads\/evil, not of refs\/heads\/main/);
  });

  test('holds workflows with their refs', () => {
    expect(workflowProblem(train)).toBeUndefined();
    expect(workflowProblem('acme/ci/.github/workflows/judge.yml@v1')).toBeUndefined();
    for (const wrong of ['train.yml', '.github/workflows/train.yml', 'acme/.github/workflows/a@b', '', 'x@y'])
      expect(workflowProblem(wrong)).toMatch(/must be \.github\/workflows\/FILE@REF/);
  });
});
