'use strict';
// Runs a script of this project on the Node the project pins, whatever Node started it:
// installs the locked dependencies when they are missing or older than the lock file, then hands over.
// Written for old Node versions: no syntax newer than ES2017.
const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'node_modules');
const windows = process.platform === 'win32';
const oldest = 24;

function modified(file) {
  try {
    return fs.statSync(path.join(root, file)).mtimeMs;
  } catch (_) {
    return -1;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function install() {
  console.error('Installing the locked dependencies (npm ci) …');
  const npmCli = process.env.npm_execpath;
  const viaNode = npmCli && /npm-cli\.c?js$/.test(npmCli);
  const command = viaNode ? process.execPath : 'npm';
  const args = (viaNode ? [npmCli] : []).concat(['ci', '--no-audit', '--no-fund']);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: windows && !viaNode });
  if (result.error) fail('could not run npm: ' + result.error.message);
  if (result.status !== 0) process.exit(result.status || 1);
}

// The package with this platform's Node may be missing, or be for another C library (Alpine): then it is this Node or none.
function pinnedNode() {
  const names = [
    'node-' + process.platform + '-' + process.arch + '/bin/node',
    'node-bin-' + process.platform + '-' + process.arch + '/bin/node',
    'node-win-' + process.arch + '/bin/node.exe',
  ];
  for (const name of names) {
    const file = path.join(modules, name);
    if (fs.existsSync(file) && spawnSync(file, ['--version']).status === 0) return file;
  }
  if (parseInt(process.versions.node, 10) < oldest) {
    fail(
      'npm has no Node for this platform, so the Node that runs this must be ' +
        oldest +
        ' or newer; it is ' +
        process.version,
    );
  }
  return process.execPath;
}

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) install();

const node = pinnedNode();
const folders = [
  path.dirname(node),
  path.join(modules, '.bin'),
  process.env.PATH || '',
  // What `npm test` has unpacked here instead of installing it on the machine.
  path.join(modules, '.cache', 'registry-scraper', 'debian', 'usr', 'bin'),
];
const env = Object.assign({}, process.env);
// On Windows the name's case varies, and two of them would be a coin toss.
Object.keys(env).forEach(name => name.toUpperCase() === 'PATH' && delete env[name]);
env.PATH = folders.join(path.delimiter);

const child = spawn(node, process.argv.slice(2), { cwd: root, stdio: 'inherit', env });
// A terminal sends these to the whole group itself; anything else may have sent them to this process alone.
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal =>
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal)),
);
child.on('error', error => fail('could not run ' + node + ': ' + error.message));
child.on('exit', (status, signal) => {
  if (signal === null) process.exit(status);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
