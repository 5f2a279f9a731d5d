import { setTimeout as sleep } from 'node:timers/promises';
import { MOUNT_CGROUPS } from '../campaign/cgroups.ts';
import type { PretendHost, Result, Running } from '../campaign/pretend-host.ts';
import { PATIENCE } from '../eventually.ts';

/** A Docker engine in a pretend host, with its own data, socket and bridge. */
export class Engine implements AsyncDisposable {
  readonly #host: PretendHost;
  readonly #daemon: Running;

  private constructor(host: PretendHost, daemon: Running) {
    this.#host = host;
    this.#daemon = daemon;
  }

  static async start(host: PretendHost): Promise<Engine> {
    const daemon = host.spawn(['bash', '-c', DAEMON], { timeout: 3 * 3_600_000 });
    const engine = new Engine(host, daemon);
    for (const end = performance.now() + 5 * PATIENCE; ; await sleep(200)) {
      if ((await engine.docker('info')).status === 0) return engine;
      if (performance.now() < end && daemon.child.exitCode === null) continue;
      daemon.signal('SIGKILL');
      throw new Error(`dockerd did not start: ${(await daemon.result).stderr.slice(-2000)}`);
    }
  }

  /** The command line of `docker ARGS` for this engine. */
  command(...args: string[]): string[] {
    return ['docker', '-H', SOCKET, ...args];
  }

  /** Runs `docker ARGS` against this engine. */
  async docker(...args: string[]): Promise<Result> {
    return await this.#host.run(this.command(...args));
  }

  /** The same; throws unless the status is 0. */
  async must(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.docker(...args);
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: status ${status}: ${stderr}`);
    return stdout.trim();
  }

  /** Builds two images without a registry: busybox and our static pause. */
  async makeImages(pause: string): Promise<void> {
    const { status, stderr } = await this.#host.run(['bash', '-c', IMAGES], {
      env: { PAUSE: pause, SOCKET },
    });
    if (status !== 0) throw new Error(`the images could not be made: ${stderr}`);
  }

  /** Builds an image of the installed nginx, with the command of the official image. */
  async makeNginxImage(): Promise<void> {
    const { status, stderr } = await this.#host.run(['bash', '-c', NGINX], {
      env: { SOCKET },
    });
    if (status !== 0) throw new Error(`the image of nginx could not be made: ${stderr}`);
  }

  /** Removes all containers, stops the daemon and removes its cgroups. */
  async stop(): Promise<void> {
    const all = (await this.docker('ps', '-aq')).stdout.split('\n').filter(Boolean);
    if (all.length > 0) await this.docker('rm', '-f', ...all);
    await this.#host.run(['bash', '-c', `kill -TERM $(cat ${ROOT}/pid)`]);
    await this.#daemon.result;
    await this.#host.run(['bash', '-c', CLEAN_UP]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const ROOT = '/run/engine';
const SOCKET = `unix://${ROOT}/docker.sock`;

// vfs: overlay on overlay does not work on every kernel, and the images are small. The cgroup parent is unique to this host.
const DAEMON = `
mkdir -p ${ROOT}; echo "{}" > ${ROOT}/none.json
${MOUNT_CGROUPS}
exec dockerd --data-root ${ROOT}/data --exec-root ${ROOT}/exec -H ${SOCKET} --pidfile ${ROOT}/pid \
  --storage-driver vfs --config-file ${ROOT}/none.json --cgroup-parent /nslab-test-$(readlink /proc/self/ns/pid | tr -dc 0-9)`;

const IMAGES = `
set -e
cd $(mktemp -d -p ${ROOT})
mkdir -p rootfs/bin rootfs/etc rootfs/tmp pause
cp "$(command -v busybox)" rootfs/bin/busybox
for applet in sh sleep cat nc wget httpd ping true ip hostname; do ln -s busybox rootfs/bin/$applet; done
cp "$PAUSE" pause/pause
tar -C rootfs -c . | docker -H $SOCKET import -c 'CMD ["sh"]' - busybox
tar -C pause -c . | docker -H $SOCKET import -c 'ENTRYPOINT ["/pause"]' - pause:3.1`;

const NGINX = `
set -e
cd $(mktemp -d -p ${ROOT})
nginx=$(readlink -f "$(command -v nginx)")
mkdir -p var/log/nginx var/lib/nginx run tmp
{ ldd "$nginx" | grep -o '/[^ ]*'; echo "$nginx"; find -L /etc/nginx /usr/share/nginx -type f
  ls /etc/passwd /etc/group /etc/nsswitch.conf; } | tar -chf - --files-from=- 2>/dev/null | tar -xf -
tar -c . | docker -H $SOCKET import -c 'CMD ["nginx", "-g", "daemon off;"]' - nginx`;

const CLEAN_UP = `
find /sys/fs/cgroup -depth -type d -path "*/nslab-test-$(readlink /proc/self/ns/pid | tr -dc 0-9)*" -exec rmdir {} + 2>/dev/null
rm -rf ${ROOT}; true`;
