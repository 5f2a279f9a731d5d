import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { onFreshHost } from './host.ts';

// A private root has copies of the host's file systems. What the host unmounts, workloads let go; what it mounts later, they do not see.

const mount = (place: string): string =>
  `mkdir -p /tmp/a${place} /tmp/b; echo here > /tmp/a${place}/file; mount -t overlay overlay -o lowerdir=/tmp/a${place}:/tmp/b ${place}`;

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('what the host unmounts is let go; what it mounts later is not seen', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await sh(`${mount('/mnt')}; ${mount('/home')}; ${mount('/opt')}`);
      await must(['hold', 'p', '--network', 'none']);
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--volume', '/opt:/data', '--', 'sleep', '1000']);
      const points = async () =>
        (await sh(`cut -d' ' -f5 /proc/${await pidOf(host, 'p/w')}/mountinfo`))
          .trim()
          .split('\n')
          .filter((point) => ['/mnt', '/home', '/opt', '/data', '/media'].includes(point))
          .sort()
          .join(' ');
      t.equal(await points(), '/data /home /mnt /opt', 'a copy each, and the volume (control)');
      t.equal(await must(['exec', 'p/w', 'cat', '/mnt/file']), 'here\n');
      await sh('umount /mnt');
      t.ok(
        await eventually(async () => (await points()) === '/data /home /opt'),
        'only the copy of what is gone',
      );
      t.equal(
        await must(['exec', 'p/w', 'ls', '-A', '/mnt']),
        await sh('ls -A /mnt'),
        'below it is the host’s own directory',
      );
      await sh(mount('/media'));
      await sh('umount /opt /home');
      t.ok(
        await eventually(async () => (await points()) === '/data'),
        'several at once; the volume stays, and no new mount appears',
      );
      t.match(
        await must(['transcript', 'p']),
        'umount2("/mnt", MNT_DETACH|UMOUNT_NOFOLLOW)',
        'the transcript has it',
      );
      await must(['restart', 'p/w']);
      t.equal(await points(), '/data /media', 'a new attempt has what is mounted now');
      await sh('umount /media');
      t.ok(await eventually(async () => (await points()) === '/data'), 'and lets it go, too');
      await must(['down', 'p']);
      await sh('rm -r /tmp/a /tmp/b');
    }),
  );
}
