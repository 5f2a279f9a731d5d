// A class exercise: every learner gets a pod with a fault, repairs it, and is told whether it is repaired.
import { Network, Pod } from 'nslab';

const FAULTS = [
  { says: 'the interface is down', breaks: 'ip link set eth0 down' },
  { says: 'the address is gone', breaks: 'ip address flush dev eth0' },
  { says: 'a route leads nowhere', breaks: 'ip route add blackhole 10.70.0.1' },
];

await using network = await Network.create({ name: 'class', subnet: '10.70.0.0/24' });
const seats = await Pod.createMany(FAULTS.map((_, seat) => ({ name: `seat-${seat + 1}`, network })));
for (const [seat, { breaks }] of FAULTS.entries())
  if (!(await succeeds(seat, breaks))) throw new Error(`seat ${seat + 1} cannot be broken: ${breaks}`);

// In a class, this is where they type: nslab exec -it --privileged seat-1 sh
await succeeds(0, 'ip link set eth0 up');
await succeeds(1, `ip address add ${seats[1]?.address}/24 dev eth0`);

for (const [seat, { says }] of FAULTS.entries()) {
  const isRepaired = await succeeds(seat, `ping -c 1 ${network.record.gateway}`);
  console.log(`${seats[seat]?.name}: ${isRepaired ? 'repaired' : `not yet: ${says}`}`);
}
await Pod.destroyMany(seats);

/** A command in the pod of a seat. `privileged`: the others may not change the network. */
async function succeeds(seat: number, line: string): Promise<boolean> {
  const ended = await seats[seat]?.exec(line.split(' '), { privileged: true, timeout: '5m' });
  return ended?.status === 0;
}
