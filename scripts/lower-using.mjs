import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * Lowers `using`, which Node 20 and 22 do not know, by TypeScript. esbuild's way keeps what it has caught in a variable of the
 * function: in a loop, an error of the first round is thrown again at the end of each later one.
 */
export function lowerUsing() {
  return {
    name: 'lower-using',
    setup({ onLoad }) {
      onLoad({ filter: /\.m?ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!/\busing\s+[\w$]/.test(text)) return undefined;
        const { outputText } = ts.transpileModule(text, {
          fileName: path,
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            verbatimModuleSyntax: true,
            inlineSourceMap: true,
          },
        });
        return { contents: outputText, loader: 'js' };
      });
    },
  };
}
