// src/index.ts → one flat file of declarations for the library, and its twin for `require`, which gives the same module.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';

process.chdir(dirname(import.meta.dirname));
const config = 'scripts/tsconfig.types.json';
const made = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config], {
  stdio: 'inherit',
});
if (made.status !== 0) throw new Error('tsc has made no declarations');
const [text] = generateDtsBundle([{ filePath: 'dist/types/index.d.ts', output: { noBanner: true } }], {
  preferredConfigPath: config,
});
writeFileSync('dist/index.d.ts', text);
writeFileSync('dist/index.d.cts', text);
rmSync('dist/types', { recursive: true });
