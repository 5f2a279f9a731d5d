import type { Event } from './event.ts';

/** One event as `set -x` and strace would show it, and the shell line that does the same. */
export function eventLine(event: Event, errnoName: (errno: number) => string): string {
  const outcome = event.errno === undefined ? String(event.result) : `-1 ${errnoName(event.errno)}`;
  const time = event.us >= 10_000 ? `${(event.us / 1000).toFixed(1)} ms` : `${event.us} µs`;
  return compose(event, ` = ${outcome} <${time}>`);
}

/** The same of an event that was only planned: it has no outcome. */
export function planLine(event: Event): string {
  return compose(event, '');
}

function compose(event: Event, outcome: string): string {
  switch (event.door) {
    case 'ip':
    case 'nft': {
      const input = event.input?.trimEnd().replace(/^/gm, '    ');
      return `+ ${event.call} ${event.args}${outcome}${input === undefined ? '' : `\n${input}`}`;
    }
    case 'spawn':
      return `+ ${event.args}${outcome}`;
    case 'sysctl':
      return `+ /proc/sys/${event.args}${outcome}`;
    default: {
      const shell = event.equivalent === undefined ? '' : `    # ${event.equivalent}`;
      return `+ ${event.call}(${event.args})${outcome}${shell}`;
    }
  }
}
