import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { start } from '../bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const LOOK = `
const why = (call) => call.catch((error) => error);
const error = await why(imported.Pod.get('nobody', { stateDir: '/run/nslab-of-no-test' }));
const fault = await why(required.Pod.create({ nmae: 'x' }));
console.log(JSON.stringify({
  names: Object.keys(imported),
  same: Object.keys(imported).every((name) => imported[name] === required[name]),
  caught: [error instanceof required.OperationError, error.code, fault instanceof imported.InputError, fault.code],
  control: error instanceof imported.InputError,
}));`;

const PROGRAMS: Readonly<Record<string, string>> = {
  'program.mjs': `import { createRequire } from 'node:module'; import * as imported from 'nslab'; const required = createRequire(import.meta.url)('nslab');${LOOK}`,
  'program.cjs': `const required = require('nslab'); import('nslab').then(async (imported) => {${LOOK}});`,
};

t.test('the built package is one library, imported and required', async (t) => {
  const directory = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/nslab'));
  for (const [name, text] of Object.entries(PROGRAMS)) {
    const path = join(directory, name);
    writeFileSync(path, text);
    // Node 22.12 warns of a CommonJS program that requires an ES module.
    const { ended } = start([process.execPath, '--no-warnings', path]);
    const { status, stdout, stderr } = await ended;
    t.match({ status, stderr }, { status: 0, stderr: '' }, name);
    const { names, ...found } = JSON.parse(stdout);
    t.match(names, [
      'AbortError',
      'ERROR_CODES',
      'ExecProcess',
      'FileError',
      'InputError',
      'ManifestError',
      'Network',
    ]);
    t.same(found, {
      same: true,
      caught: [true, 'ERR_POD_NOT_FOUND', true, 'ERR_INVALID_INPUT'],
      control: false,
    });
  }
});

t.test('what it exports is what package.json names', async (t) => {
  const { exports, main, types } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  t.strictSame(exports['.'], {
    import: { types: './dist/index.d.ts', default: './dist/index.js' },
    require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
  });
  t.strictSame([main, types], [exports['.'].require.default, exports['.'].require.types]);
});
