import { isIPv4 } from 'node:net';
import { acted, object, required } from '../field.ts';
import {
  choice,
  count,
  countOrDefault,
  headerName,
  port,
  portOrName,
  positiveSeconds,
  seconds,
  text,
} from '../formats.ts';
import { type Limit, list, type Read } from '../shape.ts';

// Probes and lifecycle hooks. k8s.io/api/core/v1/types.go

/** native/grpc_action.c has one byte for its length, and for that of what it stands in. */
const SHORT_SERVICE: Limit = {
  only: (service) => Buffer.byteLength(String(service)) <= 100,
  why: 'the shim asks for a service of at most 100 bytes',
  dropsObject: true,
};

const NUMERIC_HOST: Limit = {
  only: (host) => host === 'localhost' || isIPv4(String(host)),
  why: 'probes do not resolve names: write an IPv4 address or localhost',
  dropsObject: true,
};

const ExecAction = object('ExecAction', { command: acted(list(text)) });

const HTTPHeader = object('HTTPHeader', { name: required(headerName), value: required(text) });

const HTTPGetAction = object('HTTPGetAction', {
  host: acted(text, 'an IPv4 address or localhost; default: the pod', NUMERIC_HOST),
  httpHeaders: acted(list(HTTPHeader)),
  path: acted(text),
  port: required(portOrName),
  scheme: acted(choice('HTTP', 'HTTPS'), 'HTTPS: by openssl; no certificate is checked, as in Kubernetes'),
});

const GRPCAction = object('GRPCAction', {
  port: required(port),
  service: acted(text, 'asked of grpc.health.v1.Health/Check, without TLS', SHORT_SERVICE),
});

const TCPSocketAction = object('TCPSocketAction', {
  host: acted(text, 'an IPv4 address or localhost; default: the pod', NUMERIC_HOST),
  port: required(portOrName),
});

const SleepAction = object('SleepAction', { seconds: required(seconds) });

export const Probe = object(
  'Probe',
  {
    exec: acted(ExecAction),
    httpGet: acted(HTTPGetAction),
    tcpSocket: acted(TCPSocketAction),
    grpc: acted(GRPCAction),
    initialDelaySeconds: acted(count),
    periodSeconds: acted(countOrDefault),
    timeoutSeconds: acted(countOrDefault),
    successThreshold: acted(countOrDefault),
    failureThreshold: acted(countOrDefault),
    terminationGracePeriodSeconds: acted(positiveSeconds),
  },
  { choice: ['exec', 'httpGet', 'tcpSocket', 'grpc'] },
);

const LifecycleHandler = object(
  'LifecycleHandler',
  {
    exec: acted(ExecAction),
    httpGet: acted(HTTPGetAction),
    tcpSocket: acted(TCPSocketAction, 'deprecated in Kubernetes, where it does nothing'),
    sleep: acted(SleepAction),
  },
  { choice: ['exec', 'httpGet', 'tcpSocket', 'sleep'] },
);

/** signal(7): those that Linux has, as Kubernetes names them. */
const STOP_SIGNALS = [
  ...['SIGABRT', 'SIGALRM', 'SIGBUS', 'SIGCHLD', 'SIGCLD', 'SIGCONT', 'SIGFPE', 'SIGHUP', 'SIGILL', 'SIGINT'],
  ...['SIGIO', 'SIGIOT', 'SIGKILL', 'SIGPIPE', 'SIGPOLL', 'SIGPROF', 'SIGPWR', 'SIGQUIT', 'SIGSEGV'],
  ...['SIGSTKFLT', 'SIGSTOP', 'SIGSYS', 'SIGTERM', 'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG'],
  ...['SIGUSR1', 'SIGUSR2', 'SIGVTALRM', 'SIGWINCH', 'SIGXCPU', 'SIGXFSZ'],
  ...Array.from({ length: 16 }, (_, index) => [`SIGRTMIN${index ? `+${index}` : ''}`]).flat(),
  ...Array.from({ length: 15 }, (_, index) => [`SIGRTMAX${index ? `-${index}` : ''}`]).flat(),
] as const;

export const Lifecycle = object('Lifecycle', {
  postStart: acted(LifecycleHandler),
  preStop: acted(LifecycleHandler),
  stopSignal: acted(choice(...STOP_SIGNALS), 'the signal that stops the container, instead of TERM'),
});

export type ProbeFields = Read<typeof Probe>;
export type HandlerFields = Read<typeof LifecycleHandler>;
export type LifecycleFields = Read<typeof Lifecycle>;
