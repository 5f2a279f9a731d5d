/** One line to type, and what it does. */
export type Example = readonly [line: string, does: string];

/** The examples of each command, for its help and its man page. '' is nslab itself. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  '': [
    ['nslab up -d -f pod.yaml', 'make the pods of a manifest'],
    ['nslab ps', 'list them'],
    ['nslab ns', 'show who shares which namespace'],
    ['nslab down --all', 'take all pods down'],
  ],
  up: [
    ['nslab up -d -f pod.yaml', 'make its pods, and return'],
    ['nslab up -f pod.yaml', 'make them, print their output, take them down at Ctrl-C'],
    ['nslab up -d -f manifests', 'every .yaml, .yml and .json file of a directory'],
    [
      'nslab up -d -f pod.yaml --image alpine=dir:/srv/alpine',
      'its image is the root file system in a directory',
    ],
    ['nslab up --dry-run -o script -f pod.yaml', 'print a shell script that makes the same pod'],
  ],
  hold: [
    ['nslab hold web', 'a pod in the default network'],
    ['nslab hold web -p 8080:80', 'publish its port 80 on port 8080 of this machine'],
    ['nslab hold a b --network none', 'two pods that have only lo'],
    [
      'nslab hold web --netns attach',
      'its network namespace stays until `ip netns delete web`, or `nslab down web`',
    ],
  ],
  service: [['nslab service ls', 'all Services']],
  'service ls': [['nslab service ls', 'all Services, and how many connections each has led']],
  'service inspect': [['nslab service inspect web', 'one, with the pods behind it, as JSON']],
  'service rm': [['nslab service rm web', 'remove it; its pods stay']],
  policy: [['nslab policy ls', 'all NetworkPolicies']],
  'policy ls': [['nslab policy ls', 'all NetworkPolicies, and what they have let pass and dropped']],
  'policy inspect': [['nslab policy inspect deny-all', 'one, with the pods that it isolates, as JSON']],
  'policy rm': [['nslab policy rm deny-all', 'remove it; its pods stay']],
  endpoints: [
    ['nslab endpoints', 'the pods behind all Services'],
    ['nslab endpoints web', 'those behind one'],
  ],
  sync: [
    ['nslab sync', 'bring the rules of Services to what is ready now'],
    ['nslab sync --watch', 'and again after each change, told line by line'],
  ],
  images: [['nslab images', 'the images that programs of this machine stand for']],
  'images check': [['nslab images check pod.yaml', 'what the images of a manifest lack here']],
  down: [
    ['nslab down web', 'one pod'],
    ['nslab down -f pod.yaml', 'the pods of a manifest'],
    ['nslab down --ignore-not-found web', 'no error if there is none'],
  ],
  transcript: [
    ['nslab transcript web', 'the calls that made a pod'],
    ['nslab transcript web -o script', 'a shell script that makes the same pod'],
  ],
  report: [['nslab report web --out web.html', 'write the page']],
  inspect: [
    ['nslab inspect web', 'a pod, as JSON'],
    ['nslab inspect web/nginx -o yaml', 'one workload, as YAML'],
  ],
  run: [
    ['nslab run -d --name nginx --pod web -- nginx', 'a workload in the namespaces of pod web'],
    ['nslab run --rm --name t --network container:web -- ip addr', 'a command in its network only'],
    ['nslab run -d --name w --network none -e A=1 -u 1000 -- sleep 60', 'a workload of its own'],
  ],
  exec: [
    ['nslab exec web ip addr', 'a command in the namespaces of a pod'],
    ['nslab exec -it web/nginx sh', 'a shell in a workload'],
    ['nslab exec -u nobody -e A=1 -w /tmp web/nginx env', 'as another user, elsewhere'],
  ],
  ps: [
    ['nslab ps', 'what runs'],
    ['nslab ps -a web', 'all of one pod'],
    ['nslab ps -a --filter state=exited', 'what has ended'],
    ['nslab ps -o wide', 'with the commands'],
  ],
  logs: [
    ['nslab logs web/nginx', 'all of its output'],
    ['nslab logs -f --tail 10 web/nginx', 'the last ten lines, and what follows'],
  ],
  stop: [['nslab stop web/nginx', 'TERM, the grace period, KILL']],
  kill: [
    ['nslab kill web/nginx', 'KILL'],
    ['nslab kill -s HUP web/nginx', 'another signal'],
    ['nslab kill -9 web/nginx', 'as kill(1) has it'],
  ],
  wait: [['nslab wait web/job', 'print its exit status when it has ended']],
  restart: [['nslab restart web/nginx', 'stop it, and start it again']],
  rm: [
    ['nslab rm web/job', 'the record of a workload that has ended'],
    ['nslab rm -f web/nginx', 'kill it first'],
  ],
  ns: [
    ['nslab ns', 'all pods'],
    ['nslab ns web', 'one pod'],
    ['nslab ns --all', 'every namespace of this machine'],
  ],
  'ns why': [
    ['nslab ns why 4026532253', 'what keeps this namespace alive'],
    ['nslab ns why web', 'the same for those of a pod'],
  ],
  map: [
    ['nslab map', 'our pods and this host'],
    ['nslab map --all -o svg >machine.svg', 'a picture of the machine'],
    ['nslab map --watch', 'again after each change'],
    ['nslab map --watch --serve 127.0.0.1:8080', 'the picture in a browser, as it changes'],
  ],
  trace: [
    ['nslab trace web 203.0.113.1:443', 'why a pod does not reach that port'],
    ['nslab trace host udp web:53', 'a datagram from this machine to a pod'],
    ['nslab trace web shop', 'to a Service, by its only port'],
    ['nslab trace web shop.default:http -o mermaid', 'by a name of DNS and of a port, as a chart for a page'],
    ['nslab trace web db', 'an echo request: without a port'],
    ['nslab trace web tcp db:5432 --expect refused', 'for a script: status 3 otherwise'],
    ['nslab trace /proc/4242/ns/net 10.0.0.1:80', 'from any network namespace'],
  ],
  ping: [
    ['nslab ping --all', 'who reaches whom, and who does not'],
    ['nslab ping --all -o markdown', 'the table for a document'],
    ['nslab ping web db', 'one pod from another'],
    ['nslab ping web db:5432', 'a port of it, by a TCP connection'],
  ],
  capture: [
    ['nslab capture web', 'what passes all links of a pod'],
    ['nslab capture web -i eth0 tcp port 80', 'one link, one port'],
    ['nslab capture nslab0 host web and not arp', 'what passes a bridge, of one pod'],
    ['nslab capture web -c 100 -w web.pcapng', 'a hundred packets into a file, for Wireshark'],
    ['nslab capture host -w - | tshark -r -', 'to another program'],
  ],
  events: [
    ['nslab events', 'everything, until Ctrl-C'],
    ['nslab events pod workload endpoints', 'what becomes of pods'],
    ['nslab events conntrack', 'each connection that this host tracks'],
    ['nslab events -o json >events.jsonl', 'for a program: a line each'],
  ],
  lab: [['nslab lab list', 'what there is']],
  'lab list': [['nslab lab list', 'what there is']],
  'lab show': [['nslab lab show wire', 'read a lesson before it runs']],
  'lab run': [
    ['nslab lab run wire', 'run one'],
    ['nslab lab run wire --step', 'stop before each step'],
    ['nslab lab run wire --step -o json >alice.json', 'with a result file; the questions are on stderr'],
    ['nslab lab run wire --lang zh-CN', 'in Chinese'],
    ['nslab lab run all', 'run every lesson'],
  ],
  'lab drill': [
    ['nslab lab drill wire', 'find a fault in this lesson'],
    ['nslab lab drill -o json >alice.drill.json', 'with a result file; the questions are on stderr'],
  ],
  'lab export': [
    ['nslab lab export --out labs', 'all lessons'],
    ['nslab lab export wire --out labs --lang zh-CN', 'one, in Chinese'],
  ],
  'lab grade': [['nslab lab grade class', 'from class/alice.json, class/alice.drill.json, …']],
  compare: [['nslab compare modes', 'who shares what in each mode']],
  'compare docker': [
    ['nslab compare docker', 'the pod of the article, with an engine'],
    ['nslab compare docker --saved docker', 'the same with a recorded profile'],
    ['nslab compare docker --saved kubernetes-pod', 'beside what Kubernetes makes of a pod'],
    ['nslab compare docker -f pod.yaml', 'a pod of your own'],
  ],
  'compare modes': [
    ['nslab compare modes -o markdown', 'the table for a document'],
    ['nslab compare modes --saved docker', 'without an engine'],
  ],
  network: [['nslab network ls', 'list networks']],
  'network create': [
    ['nslab network create lan --subnet 10.9.0.0/24', 'a bridge'],
    ['nslab network create wan --type ptp', 'a routed network'],
  ],
  'network rm': [['nslab network rm lan', 'remove it']],
  'network ls': [['nslab network ls -o wide', 'with the MTU and the nftables table']],
  'network inspect': [['nslab network inspect lan', 'its record and its pods']],
  gc: [
    ['nslab gc --dry-run', 'what would be removed, and why'],
    ['nslab gc', 'remove it'],
  ],
  doctor: [['nslab doctor', 'what this machine has and lacks']],
  version: [['nslab version -o json', 'for a program']],
  help: [['nslab help network create', 'the same as nslab network create -h']],
  completion: [
    ['source <(nslab completion bash)', 'for this bash'],
    ['source <(nslab completion zsh)', 'for this zsh'],
    ['nslab completion fish | source', 'for this fish'],
  ],
};

/** The section at the end of a command's help. */
export function examplesText(path: string): string {
  const examples = EXAMPLES[path] ?? [];
  if (examples.length === 0) return '';
  const width = Math.max(...examples.map(([line]) => line.length));
  return ['\nExamples:', ...examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`)].join('\n');
}
