import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** A property of a type in Kubernetes' own schema. */
export interface Property {
  readonly optional: boolean;
  /** TypeScript, in one line: `Array<IIoK8sApiCoreV1EnvVar>`. */
  readonly type: string;
}

/** A type of the official schema: its properties, and the files of the types that they name. */
export interface OfficialType {
  readonly properties: ReadonlyMap<string, Property>;
  find(name: string): OfficialType | undefined;
}

const require = createRequire(import.meta.url);

/** Reads a type from the declarations of `kubernetes-models`, which is generated from the API server's OpenAPI document. */
export function officialType(path: string): OfficialType {
  return readType(require.resolve(`kubernetes-models/${path}`).replace(/\.js$/, '.d.ts'));
}

function readType(file: string): OfficialType {
  const text = readFileSync(file, 'utf8').replace(/\/\*\*.*?\*\//gs, '');
  const body = /export interface I\w+[^{]*\{\n(.*?)\n\}/s.exec(text)?.[1] ?? '';
  const properties = body.split(/\n(?= {4}")/).flatMap((line): [string, Property][] => {
    const [, name = '', optional, type = ''] = /^ *"([^"]+)"(\??): (.*);\s*$/s.exec(line) ?? [];
    return name ? [[name, { optional: optional === '?', type: type.replace(/\s+/g, ' ') }]] : [];
  });
  return {
    properties: new Map(properties),
    find: (name) => {
      const from = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from "([^"]+)"`).exec(text)?.[1];
      return from === undefined ? undefined : readType(resolve(from, dirname(file)));
    },
  };
}

function resolve(specifier: string, folder: string): string {
  return specifier.startsWith('.')
    ? `${require.resolve(`${folder}/${specifier}.js`).replace(/\.js$/, '')}.d.ts`
    : require.resolve(specifier).replace(/\.js$/, '.d.ts');
}
