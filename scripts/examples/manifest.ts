// A Kubernetes manifest: its containers are programs of this machine. Also an object, or the URL of a file.
import { Pod } from 'nslab';

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata:
  name: greeter
spec:
  initContainers:
    - name: prepare
      image: busybox
      command: [sh, -c, 'echo "hello from the init container" > /work/greeting']
      volumeMounts: [{ name: work, mountPath: /work }]
  containers:
    - name: reader
      image: busybox
      command: [sh, -c, 'cat /work/greeting; sleep 1000']
      volumeMounts: [{ name: work, mountPath: /work }]
  volumes: [{ name: work, emptyDir: {} }]
`;

await using pod = await Pod.fromManifest(MANIFEST);
await pod.waitUntilReady();
for (const workload of pod.workloads()) console.log(`${workload.name}: ${workload.status().state}`);
for await (const line of pod.workload('reader').logs({ follow: true })) {
  console.log(line);
  break;
}
