import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { isScraperError } from '../errors.ts';
import { smallDisk } from '../testing/disks.ts';
import { requirements } from '../testing/requirements.ts';
import { run, type Finished } from '../testing/run.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { noise } from '../testing/unverified.ts';
import { descriptorOutput, streamOutput } from './stream-output.ts';

const MiB = 1024 * 1024;

/** A program that writes `count` blobs of 1 MiB to its standard output, and says on the other what became of it. */
function writer(count: number): string {
  const source = (path: string): string => JSON.stringify(join(import.meta.dirname, path));
  return `
    const { standardOutput } = await import(${source('stream-output.ts')});
    const { write, file } = await import(${source('../testing/writing.ts')});
    const stop = new AbortController();
    process.on('SIGTERM', () => stop.abort(new Error('stopped')));
    const items = function* () {
      for (let count = 0; count < ${count}; count++) yield file('file-' + count, Buffer.alloc(${MiB}, count));
    };
    const output = standardOutput({ fd: 1, stream: () => process.stdout, name: 'the standard output' });
    try {
      const { tarBytes } = await write(items(), output, { signal: stop.signal });
      process.stderr.write('wrote ' + tarBytes);
    } catch (error) {
      process.stderr.write((error.code ?? '') + ' ' + error.message);
      process.exit(1);
    }`;
}

/** Runs {@link writer} with its standard output going where a shell's `redirection` says. */
function writeTo(redirection: string, count = 20, cwd?: string): Promise<Finished> {
  const command = `"$0" --input-type=module -e "$1" ${redirection}`;
  return run('sh', ['-c', command, process.execPath, writer(count)], cwd === undefined ? {} : { cwd });
}

const sizeOf = (count: number): number => count * (MiB + 512) + 1024;

for (const [what, redirection] of [
  ['a pipe', '| tar tf - | wc -l'],
  ['a slow pipe', '| (sleep 0.3; dd bs=3000 2>&-) | tar tf - | wc -l'],
  ['a file', '> file; tar tf file | wc -l'],
  ['a file that it appends to', '>> file; tar tf file | wc -l'],
] as const) {
  test(`an archive goes whole into ${what}`, { skip: requirements(['sh', 'tar', 'dd', 'wc']) }, async t => {
    const { stdout, stderr } = await writeTo(redirection, 20, await temporaryDirectory(t));
    assert.equal(stderr, `wrote ${sizeOf(20)}`);
    assert.equal(stdout.trim(), '20');
  });
}

test('a device is written to directly', { skip: requirements(['sh']) }, async () => {
  const { stderr } = await writeTo('> /dev/null');
  assert.equal(stderr, `wrote ${sizeOf(20)}`);
});

test('a reader that closes the pipe fails it, at once', { skip: requirements(['sh', 'head']) }, async () => {
  const { stderr } = await writeTo('| head -c 1000 > /dev/null', 100_000);
  assert.match(stderr, /^IO_ERROR cannot write to the standard output: its reader closed the pipe/);
});

test('a reader that was never there fails it', { skip: requirements(['sh']) }, async () => {
  const { stderr } = await writeTo('| true');
  assert.match(stderr, /^IO_ERROR cannot write to the standard output: its reader closed the pipe/);
});

test('a full device fails it', { skip: requirements(['sh']) }, async () => {
  const { stderr } = await writeTo('> /dev/full');
  assert.match(stderr, /^NO_SPACE cannot write the standard output: the disk is full/);
});

test('a disk that becomes full fails it, also when it takes a part of the last piece', async t => {
  const disk = await smallDisk(t, 2 * MiB);
  if (disk === undefined) return t.skip('needs the right to mount a file system');
  const fd = openSync(join(disk, 'file'), 'w');
  const output = descriptorOutput(fd, 'the standard output');
  try {
    await output.write(noise(MiB));
    await assert.rejects(output.write(noise(2 * MiB)), error => isScraperError(error, 'NO_SPACE'));
    await output.abort(Buffer.from('rest'));
  } finally {
    closeSync(fd);
  }
  assert.ok((await readFile(join(disk, 'file'))).length <= 2 * MiB);
});

test('a signal ends it while its reader takes nothing', { timeout: 20_000 }, async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer(100_000)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await new Promise(resolve => child.stdout.once('readable', resolve));
  child.kill('SIGTERM');
  const status = await new Promise(resolve => child.once('exit', resolve));
  assert.deepEqual([status, text.trim()], [1, 'stopped']);
});

test('what a reader is told at the end does not wait for one who takes nothing', async () => {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      if (chunk.toString() !== 'stuck') done();
    },
  });
  const output = streamOutput(stream, 'a stream');
  await output.write(Buffer.from('bytes'));
  void output.write(Buffer.from('stuck'));
  await output.abort(Buffer.from('rest'));
  assert.deepEqual(written, ['bytes', 'stuck']);
  const willing = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const free = streamOutput(willing, 'a stream');
  await free.abort(Buffer.from('rest'));
  assert.deepEqual(written, ['bytes', 'stuck', 'rest']);
});
