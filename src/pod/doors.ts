import type { NetDoors } from '../net/doors.ts';
import { openIp } from '../net/ip.ts';
import { openNft } from '../net/nft.ts';
import { prepareWindow } from '../ns/window.ts';
import { openFiles } from '../sys/files.ts';
import { Interrupts } from '../sys/interrupts.ts';
import { openLibc } from '../sys/libc.ts';
import { openSpawn, type Spawn } from '../sys/spawn.ts';
import { closeOnExecFrom } from '../sys/syscalls.ts';
import { openSysctl } from '../sys/sysctl.ts';
import { type Diary, toFile } from '../transcript/diary.ts';

/** All the doors to the kernel that one verb passes through, and the diary that they keep. */
export interface Doors extends NetDoors {
  readonly diary: Diary;
  readonly spawn: Spawn;
  /** Whether somebody has asked this verb to stop. */
  readonly interrupts: Interrupts;
  /** Writes what follows into a pod's own diary too; the function returned stops that. */
  keepDiary(path: string): () => void;
}

/** Opens the real doors. */
export async function openDoors(diary: Diary, warn: (line: string) => void): Promise<Doors> {
  await prepareWindow();
  const kernel = { libc: await openLibc(), diary };
  const held = new Set<number>();
  closeOnExecFrom(kernel, 3);
  const files = openFiles(diary);
  return {
    diary,
    kernel,
    held,
    warn,
    interrupts: new Interrupts(leaveAtOnce),
    files,
    sysctl: openSysctl(diary),
    spawn: openSpawn(diary),
    ip: openIp(kernel, held),
    nft: openNft(diary, held),
    keepDiary(path) {
      const fd = files.open(path, 'append');
      const sink = toFile(fd, (error) => warn(`the diary ${path} is not complete: ${error.message}`));
      diary.attach(sink);
      return () => {
        diary.detach(sink);
        files.close(fd);
      };
    },
  };
}

/** As the signal itself would have ended us, had nobody listened. What is left is on record, and gc removes it. */
function leaveAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
