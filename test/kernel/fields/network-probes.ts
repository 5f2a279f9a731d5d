import { eventually } from '../../eventually.ts';
import { recorded } from '../evidence.ts';
import { type Proof, pod } from './proof.ts';

/** A health server by Node's own HTTP/2: it knows three services, and refuses any other by NOT_FOUND. */
const HEALTH = `
const states = { '': 1, well: 1, ill: 2 };
require('node:http2').createServer().on('stream', (stream, headers) => {
  const parts = [];
  stream.on('data', (part) => parts.push(part)).on('end', () => {
    const isCall = headers[':method'] === 'POST' && headers[':path'] === '/grpc.health.v1.Health/Check' && headers.te === 'trailers';
    const message = Buffer.concat(parts);
    const state = isCall && message.readUInt32BE(1) === message.length - 5 ? states[message.toString('utf8', 7)] : undefined;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': state ? '0' : '5' }));
    stream.end(state ? Buffer.from([0, 0, 0, 0, 2, 8, state]) : undefined);
  });
}).listen(50051)`;

const TLS = `cd /tmp; openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=nobody 2>/dev/null
exec openssl s_server -quiet -accept 8443 -cert cert -key key -WWW`;

/** A sidecar: the containers start when something listens at its port. */
const listens = (name: string, port: number, command: string[]) => ({
  name,
  image: 'debian',
  command,
  restartPolicy: 'Always',
  startupProbe: { periodSeconds: 1, failureThreshold: 1000, tcpSocket: { port } },
});

const eager = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 30 };
const asks = (name: string, readinessProbe: object) => ({
  name,
  image: 'busybox',
  command: ['sleep', '10000'],
  readinessProbe: { ...eager, ...readinessProbe },
});
const grpc = (service?: string, port = 50051) => ({
  grpc: { port, ...(service !== undefined && { service }) },
});
const https = (path: string, port: number) => ({ httpGet: { scheme: 'HTTPS' as const, port, path } });

export const networkProbes: readonly Proof[] = [
  {
    name: 'probes by gRPC and by HTTPS',
    fields: ['Probe.grpc', 'GRPCAction.port', 'GRPCAction.service'],
    documents: [
      pod('asked', {
        terminationGracePeriodSeconds: 1,
        initContainers: [
          listens('health', 50051, [process.execPath, '-e', HEALTH]),
          listens('tls', 8443, ['sh', '-c', TLS]),
        ],
        containers: [
          asks('whole', grpc()),
          asks('well', grpc('well')),
          asks('ill', grpc('ill')),
          asks('unknown', grpc('unknown')),
          asks('closed', grpc('', 9)),
          asks('no-grpc', grpc('', 8443)),
          asks('page', https('/cert', 8443)),
          asks('no-tls', https('/', 50051)),
        ],
      }),
    ],
    async check(t, pods) {
      const of = (name: string) => recorded(pods, `asked/${name}`);
      const isReady = (name: string) => eventually(async () => (await of(name)).ready);
      for (const name of ['whole', 'well', 'page']) t.ok(await isReady(name), `${name}: ready`);
      const reasons = {
        ill: 'gRPC health status other than SERVING',
        unknown: 'gRPC status other than OK',
        closed: 'Connection refused',
        'no-grpc': 'no gRPC response',
        'no-tls': 'no HTTP response',
      };
      const lines = async () => pods.must(['transcript', 'asked']);
      for (const [name, reason] of Object.entries(reasons)) {
        t.ok(
          await eventually(async () => (await lines()).includes(`readiness probe: ${reason}`)),
          `${name}: ${reason}`,
        );
        t.notOk((await of(name)).ready, 'so it is not ready (control)');
      }
      await pods.sh('mount --bind /dev/null /usr/bin/openssl');
      const input = JSON.stringify(pod('more', { containers: [asks('page', https('/', 8443))] }));
      const { status, stderr } = await pods.nslab(['up', '-d', '-f', '-'], { input });
      await pods.sh('umount /usr/bin/openssl');
      t.match(
        { status, stderr },
        { status: 2, stderr: /needs \/usr\/bin\/openssl.*\n.*apt-get install openssl/ },
      );
    },
  },
];
