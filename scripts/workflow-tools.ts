/** What `npm run test:workflows` runs workflows with. */
import type { GoTool } from './go-tool.ts';
import type { PythonTool } from './python-tool.ts';

/** A runner of workflows that is not ours. */
export const ACT: GoTool = { path: 'github.com/nektos/act', version: 'v0.2.89' };

/** What examples/delivery-times trains with: the packages of its requirements.txt, and pip, which reads it. */
export const SCIKIT_LEARN: PythonTool = { package: 'scikit-learn', version: '1.9.1' };
