import type { PodManifest } from '../pods.ts';

/** Claims that several pods use: in Kubernetes they share a volume, here each has memory of its own. By claim, the pods. */
export function sharedClaims(pods: readonly PodManifest[]): ReadonlyMap<string, readonly PodManifest[]> {
  const users = new Map<string, PodManifest[]>();
  for (const pod of pods) {
    const claims = (pod.spec.volumes ?? []).flatMap(
      (volume) => volume.persistentVolumeClaim?.claimName ?? [],
    );
    for (const claim of new Set(claims)) users.set(claim, [...(users.get(claim) ?? []), pod]);
  }
  return new Map([...users].filter(([, those]) => those.length > 1));
}
