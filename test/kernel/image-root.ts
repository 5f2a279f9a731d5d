import type { KernelHost } from './host.ts';

/** A root file system with busybox alone, made on a pretend host whose /tmp is its own. `more`: shell lines, run inside it. */
export async function makeImageRoot({ sh }: KernelHost, directory: string, ...more: string[]): Promise<void> {
  const place = `'${directory}'`;
  await sh(`mkdir -p ${place}/bin ${place}/etc && cp "$(command -v busybox)" ${place}/bin
    cd ${place} && for name in sh ls cat id sleep sort env touch wget; do ln -s busybox bin/$name; done
    echo 'root:x:0:0::/root:/bin/sh' >etc/passwd
    ${more.join('\n')}`);
}
