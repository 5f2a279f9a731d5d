// Two pods on one network: each reaches the other by its address.
import { Pod } from 'nslab';

await using left = await Pod.create({ name: 'left' });
await using right = await Pod.create({ name: 'right' });

for (const [from, to] of [
  [left, right],
  [right, left],
] as const) {
  const { status } = await from.exec(['ping', '-c', '1', to.address ?? '']);
  console.log(`${from.name} → ${to.name}: ${status === 0 ? 'reached' : 'not reached'}`);
}
