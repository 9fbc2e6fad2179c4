// Runs in a process of its own, because pkg finds its cache through HOME, its scratch place through TMPDIR and changes the
// working directory. Its argument is a PkgSeaJob as JSON.
//
// pkg's command line has no way to set the SEA configuration, hence the call into its library: `main` relative to pkg's
// scratch folder keeps the build's own paths out of the binary and its stack traces, and assets are wanted as they are.
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';

export interface PkgSeaJob {
  /** The first script; also the place that `main` leads to from a folder inside TMPDIR. */
  readonly entry: string;
  readonly main: string;
  /** What else the binary holds: files by name, from a folder inside TMPDIR. */
  readonly assets: Readonly<Record<string, string>>;
  /** Options of Node and V8 that the binary runs with. Compiled code is good only for what runs with the same ones. */
  readonly execArgv: readonly string[];
  readonly targets: readonly {
    platform: 'linux' | 'macos' | 'win';
    arch: string;
    nodeRange: string;
    output: string;
  }[];
}

// Written by this project's own build, so its shape is known.
const job = JSON.parse(process.argv[2] ?? '{}') as PkgSeaJob;
const seaConfig = {
  main: job.main,
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  assets: job.assets,
  execArgv: job.execArgv,
  // What NODE_OPTIONS says is meant for other programs. (Older bases do not know this and heed it.)
  execArgvExtension: 'none',
};
await seaModule.default(job.entry, { targets: [...job.targets], signature: false, seaConfig });
