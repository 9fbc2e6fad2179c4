/** What the end-to-end tests need from the machine (names as in src/testing/requirements.ts), and what for. */
export const needs: Readonly<Record<string, string>> = {
  'docker-registry': 'a stock registry that is filled, and that serves what was scraped',
  skopeo: 'making and pulling images with a stock client',
  umoci: 'making images with a stock client',
  buildah: 'making images with a stock client',
  podman: 'pulling images with a stock client',
  tar: 'making layers',
  diff: 'comparing whole trees',
  strace: 'watching that the binary opens no socket and writes nowhere but to its output',
  root: 'running the binary as a normal user in a root directory of its own',
  dpkg: 'making that root directory',
  unshare: 'running the binary without a network and on a read-only root',
  namespaces: 'running the binary without a network and on a read-only root',
  'qemu-aarch64-static': 'running the arm64 binary',
  'arm64 libraries': 'running the arm64 binary',
};
