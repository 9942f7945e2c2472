/** The inputs of all actions that attest, or ask for attestations. */
import { flag, type InputKind, map, notAllowed, oneOf, text, textList } from '../inputs/kinds.ts';
import { defaulted, type InputValues, optional } from '../inputs/table.ts';
import type { SigstoreServices } from '../ports/ports.ts';
import { workflowProblem } from './signer.ts';

export const SIGNING = {
  attest: defaulted(
    oneOf(['auto', 'true', 'false']),
    'auto',
    'Sign what was found, as this workflow, with Sigstore, and store it as an attestation on GitHub. `auto`: if the job has `permissions: { id-token: write, attestations: write }`; if that does not succeed, the log says why. `true`: or else the step ends with an error. Runs on pull requests never attest.',
    { gate: 'rule' },
  ),
  sigstore: optional(
    services(),
    'The addresses of a Sigstore of your own, such as `{fulcio: https://fulcio.acme.example, timestamp: https://timestamp.acme.example}`; `rekor` is its transparency log. By default the public instance for public repositories, and GitHub’s own for others.',
    { gate: 'rule' },
  ),
};

export const TRUSTING = {
  'require-attested': defaulted(
    flag(),
    'false',
    '`true` accepts only verdicts that a trusted workflow of this repository has attested. It holds too if the configuration file of the base branch says so.',
    { gate: 'rule' },
  ),
  'attested-by': defaulted(
    workflows(),
    '[]',
    'The workflows that are trusted to attest, such as `[.github/workflows/train.yml@refs/heads/main]`; `OWNER/REPO/.github/workflows/FILE@REF` for a reusable one of another repository. `*` stands for anything without a slash, `**` for anything. By default all workflows of the default branch.',
    { gate: 'rule' },
  ),
  'trusted-root': optional(
    text('a path'),
    'A file of the trusted roots of Sigstore, which `gh attestation trusted-root` writes, to verify without a network or with a Sigstore of your own. By default they are got from the instances by TUF.',
    { gate: 'file' },
  ),
};

/** What the output `attestations` is. */
export const ATTESTATIONS =
  'The path of what was attested: Sigstore bundles, one a line; empty if nothing was.';

export type SigningInputs = InputValues<typeof SIGNING>;
export type TrustingInputs = InputValues<typeof TRUSTING>;

function workflows(): InputKind<readonly string[]> {
  const base = textList('a list of workflows with their refs');
  return {
    ...base,
    parse: (value) => {
      const parsed = base.parse(value);
      const problems = parsed.map(workflowProblem).filter((problem) => problem !== undefined);
      if (problems.length > 0) throw notAllowed(problems.join('; '));
      return parsed;
    },
  };
}

function services(): InputKind<SigstoreServices> {
  const base = map('a map of `fulcio`, and `rekor` or `timestamp` or both, to addresses');
  return {
    ...base,
    parse: (value) => {
      const parsed = base.parse(value);
      const known = ['fulcio', 'rekor', 'timestamp'];
      const wrong = Object.entries(parsed).filter(
        ([name, url]) => !known.includes(name) || !/^https?:\/\/[^\s/?#]+(\/\S*)?$/.test(String(url)),
      );
      if (wrong.length > 0)
        throw notAllowed(`must hold addresses of ${known.join(', ')} (see ${wrong[0]?.[0]})`);
      if (parsed.fulcio === undefined) throw notAllowed('must say where fulcio is');
      if (parsed.rekor === undefined && parsed.timestamp === undefined)
        throw notAllowed(
          'must say where rekor or timestamp is: without them nothing shows when it was signed',
        );
      const plain = Object.entries(parsed).map(([name, url]) => [name, String(url).replace(/\/+$/, '')]);
      return Object.fromEntries(plain) as unknown as SigstoreServices;
    },
  };
}
