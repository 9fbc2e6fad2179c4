import { join } from 'node:path';
import ts from 'typescript';
import type { Mutant } from './mutants.ts';

/** Says whether a mutant compiles. One that does not can never be the program. */
export function compiler(root: string): (mutant: Mutant) => boolean {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    // a fault may well leave something behind that is not used any more
    { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true, noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (!config) throw new Error(`${root} has no tsconfig.json that can be read`);
  let current: { readonly file: string; readonly text: string; readonly version: number } | undefined;
  let version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => config.options,
    getScriptFileNames: () => config.fileNames.filter(name => !name.endsWith('.test.ts')),
    getScriptVersion: name => (name === current?.file ? String(current.version) : '0'),
    getScriptSnapshot: name => {
      const text = name === current?.file ? current.text : ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return ({ file, text }) => {
    version += 1;
    const name = join(root, file);
    current = { file: name, text, version };
    return (
      service.getSyntacticDiagnostics(name).length === 0 && service.getSemanticDiagnostics(name).length === 0
    );
  };
}
