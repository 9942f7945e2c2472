import { appendFileSync } from 'node:fs';

const { STAND_IN_PYTHON = '', GITHUB_PATH = '' } = process.env;
if (STAND_IN_PYTHON === '') {
  console.log('::error::this scenario has no Python');
  process.exitCode = 1;
} else appendFileSync(GITHUB_PATH, `${STAND_IN_PYTHON}\n`);
