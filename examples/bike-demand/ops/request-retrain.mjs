/**
 * The retrain command of check-drift: hands the request on, as `repository_dispatch` does on GitHub. Whoever trains finds
 * it in `retrain-request.json`.
 */
import { copyFileSync } from 'node:fs';

copyFileSync(process.env.ML_LOOP_PAYLOAD ?? '', 'retrain-request.json');
