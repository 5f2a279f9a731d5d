import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

interface Module {
  exports: object;
}
type Body = (
  exports: object,
  require: (id: string) => unknown,
  module: Module,
  filename: string,
  dirname: string,
  url: string,
) => void;

/**
 * The modules of the command line, in a few files: each is one expression, an object of functions, and V8 runs it with what
 * it had compiled of it at the build (another version of Node rejects that, and compiles again; v8.dev/blog/code-caching).
 * A verb reads only the files that it needs: memory that is touched for the first time is most of what a start costs.
 */
export class Parts {
  /** By name: `parts/NAME.cjs` and `parts/NAME.cjs.cache`. */
  readonly scripts = new Map<string, Script>();
  readonly modules = new Map<string, Module>();
  readonly #bodies = new Map<string, Record<string, Body>>();
  readonly #program: string;
  readonly #outside: NodeJS.Require;

  /** What the modules take for their own file is the program's. */
  constructor(program: string) {
    this.#program = program;
    this.#outside = createRequire(program);
  }

  /** `./PART/MODULE`, or what Node itself can require. */
  readonly require = (id: string): unknown => {
    const [dot, part, name] = id.split('/');
    if (dot !== '.' || part === undefined || name === undefined) return this.#outside(id);
    const known = this.modules.get(id);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.modules.set(id, module);
    const url = pathToFileURL(this.#program).href;
    const body = this.#bodiesOf(part)[name];
    // Of another build, which has taken the place of this one meanwhile.
    if (body === undefined) throw new Error(`${part}.cjs has no ${name}: start nslab again`);
    body(module.exports, this.require, module, this.#program, dirname(this.#program), url);
    return module.exports;
  };

  #bodiesOf(part: string): Record<string, Body> {
    const known = this.#bodies.get(part);
    if (known !== undefined) return known;
    const filename = join(dirname(this.#program), 'parts', `${part}.cjs`);
    const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: compiled(filename) });
    this.scripts.set(part, script);
    const bodies = script.runInThisContext() as Record<string, Body>;
    this.#bodies.set(part, bodies);
    return bodies;
  }
}

function compiled(filename: string): Buffer | undefined {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}
