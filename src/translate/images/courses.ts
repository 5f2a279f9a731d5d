import { program } from '../../sys/programs.ts';
import type { Image } from './image.ts';

/** A server of native/webserver.c, at the path where the image has its own program: it acts by the name of that path. */
function server(path: string, more: Image = {}): Image {
  return { entrypoint: [path], programs: { [path]: program('webserver') }, ...more };
}

const ECHO = server('/http-echo');
const KUARD = server('/kuard');
const HELLO_APP = server('/hello-app');
const HOSTNAME = server('/serve_hostname');
const AGNHOST = server('/agnhost', { command: ['pause'] });

/** Images of courses and exercises that serve a page. nslab has a small server in their place. */
export const COURSES: Readonly<Record<string, Image>> = {
  agnhost: AGNHOST,
  echoserver: server('/echoserver'),
  'hello-app': HELLO_APP,
  'hpa-example': server('/hpa-example'),
  'http-echo': ECHO,
  kuard: KUARD,
  'kuard-amd64': KUARD,
  kubia: server('/kubia'),
  'node-hello': server('/node-hello'),
  podinfo: {
    command: ['./podinfo'],
    workingDir: '/home/app',
    programs: { '/home/app/podinfo': program('webserver') },
  },
  serve_hostname: HOSTNAME,
  'serve-hostname': HOSTNAME,
  simpleservice: server('/simpleservice'),
  'test-webserver': server('/test-webserver'),
  whoami: server('/whoami'),
};
