import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './run.ts';

/** A stock registry that is up and serves a directory. */
export interface RunningRegistry {
  /** `127.0.0.1:PORT`, as it stands in front of a repository's name. */
  readonly address: string;
  readonly url: string;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** It remembers what it found out about blobs, as the configuration that comes with it says. */
  readonly cache?: boolean;
}

/**
 * The storage is given as plain data; everything else is chosen to keep the registry quiet: no purging of uploads behind
 * a test's back; schema1 and foreign layers may be pushed (off by default since 2.8); the system picks the port.
 */
function configuration(root: string, { cache }: RegistryOptions): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: root },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
      ...(cache === true && { cache: { blobdescriptor: 'inmemory' } }),
    },
    http: { addr: '127.0.0.1:0', secret: 'test' },
    compatibility: { schema1: { enabled: true } },
    validation: { manifests: { urls: { allow: ['^https://'] } } },
  });
}

/** `REGISTRY_*` would override the configuration, and a CA bundle in `AWS_CA_BUNDLE` that cannot be read is fatal to 2.8. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(REGISTRY_|AWS_CA_BUNDLE$)/.test(name));
  return Object.fromEntries(kept);
}

/** Makes a configuration file for `root` that lasts as long as `use`. */
async function withConfiguration<T>(
  root: string,
  options: RegistryOptions,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'docker-registry-'));
  try {
    const file = path.join(directory, 'config.yml'); // JSON is YAML
    await writeFile(file, configuration(path.resolve(root), options));
    return await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Waits for the line that names the port; from then on connections are accepted. */
function listeningPort(registry: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    registry.once('error', reject);
    registry.once('exit', () => {
      reject(new Error(`docker-registry ended before it listened:\n${log}`));
    });
    registry.stderr?.on('data', (chunk: Buffer) => {
      if (log.length > 65_536) return; // keep draining the pipe, without remembering
      log += chunk.toString();
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}

/** Starts `docker-registry` over the root directory `root` on a free port of the loopback interface. */
export function startRegistry(root: string, options: RegistryOptions = {}): Promise<RunningRegistry> {
  return withConfiguration(root, options, async file => {
    const child = spawn('docker-registry', ['serve', file], {
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const port = await listeningPort(child).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    const address = `127.0.0.1:${port}`;
    const kill = (): boolean => child.kill('SIGKILL'); // it holds nothing that must be flushed
    process.once('exit', kill);
    const stop = async (): Promise<void> => {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      kill();
      await exited;
    };
    return { address, url: `http://${address}`, stop };
  });
}

/** Serves `root` while `use` runs. */
export async function withRegistry<T>(
  root: string,
  use: (registry: RunningRegistry) => Promise<T>,
): Promise<T> {
  const registry = await startRegistry(root);
  try {
    return await use(registry);
  } finally {
    await registry.stop();
  }
}

export interface GarbageReport {
  readonly marked: number;
  /** What the collector would delete: blobs, and revisions of manifests. */
  readonly eligibleBlobs: number;
  readonly eligibleManifests: number;
  readonly output: string;
}

/**
 * Runs the stock garbage collector over `root`: an independent judge of whether everything in it is referenced.
 * @param options `timeout` in milliseconds: some trees make it wait for ever
 */
export function garbageCollect(
  root: string,
  options: { readonly dryRun: boolean; readonly timeout?: number },
): Promise<GarbageReport> {
  return withConfiguration(root, {}, async file => {
    const args = ['garbage-collect', ...(options.dryRun ? ['--dry-run'] : []), file];
    const { dryRun: _, ...limits } = options;
    const { status, stdout, stderr } = await run('docker-registry', args, { env: environment(), ...limits });
    const found = /(\d+) blobs marked, (\d+) blobs and (\d+) manifests eligible/.exec(stdout);
    if (status !== 0 || found === null)
      throw new Error(`docker-registry ${args.join(' ')} failed:\n${stdout}${stderr}`);
    const [marked = 0, eligibleBlobs = 0, eligibleManifests = 0] = found.slice(1).map(Number);
    return { marked, eligibleBlobs, eligibleManifests, output: stdout };
  });
}
