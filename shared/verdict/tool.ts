/** The tool as verdicts and manifests name it. The version equals package.json's, which `npm run check` verifies. */
export const TOOL = { name: 'ml-loop', version: '0.1.0' } as const;
