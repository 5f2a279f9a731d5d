// Two networks of one's own, and a pod with an interface in each: it reaches the pods of both.
import { Network, Pod } from 'nslab';

await using front = await Network.create({ name: 'front', subnet: '10.50.0.0/24' });
await using back = await Network.create({ name: 'back', subnet: '10.60.0.0/24', mtu: 1400 });
await using web = await Pod.create({ name: 'web', network: front, ip: '10.50.0.10' });
await using db = await Pod.create({ name: 'db', network: back });
await using app = await Pod.create({ name: 'app', network: [front, { name: back, interface: 'back0' }] });

for (const { interface: name, network, address, mtu } of app.inspect().network.interfaces)
  console.log(`${name} ${address} in ${network}, MTU ${mtu}`);
for (const other of [web, db]) {
  const { status } = await app.exec(['ping', '-c', '1', other.address ?? '']);
  console.log(`app → ${other.name}: ${status === 0 ? 'reached' : 'not reached'}`);
}
