/** `npm test`: all tests but those that need real servers (`npm run test:services`), on Node 24. */
import { runJest } from './jest.ts';

process.exit(await runJest(process.argv.slice(2)));
