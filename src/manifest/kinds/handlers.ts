import { isIPv4 } from 'node:net';
import { acted, object, refused, required } from '../field.ts';
import {
  choice,
  count,
  countOrDefault,
  headerName,
  portOrName,
  positiveSeconds,
  seconds,
  text,
} from '../formats.ts';
import { type Limit, list, type Read } from '../shape.ts';

// Probes and lifecycle hooks. k8s.io/api/core/v1/types.go

const NO_TLS: Limit = {
  only: (scheme) => scheme === 'HTTP',
  why: 'probes do not support TLS',
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
  scheme: acted(choice('HTTP', 'HTTPS'), 'HTTP', NO_TLS),
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
    grpc: refused('probes do not support gRPC'),
    initialDelaySeconds: acted(count),
    periodSeconds: acted(countOrDefault),
    timeoutSeconds: acted(countOrDefault),
    successThreshold: acted(countOrDefault),
    failureThreshold: acted(countOrDefault),
    terminationGracePeriodSeconds: acted(positiveSeconds),
  },
  { choice: ['exec', 'httpGet', 'tcpSocket'] },
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

export const Lifecycle = object('Lifecycle', {
  postStart: acted(LifecycleHandler),
  preStop: acted(LifecycleHandler),
  stopSignal: refused('a container is always stopped with TERM'),
});

export type ProbeFields = Read<typeof Probe>;
export type HandlerFields = Read<typeof LifecycleHandler>;
export type LifecycleFields = Read<typeof Lifecycle>;
