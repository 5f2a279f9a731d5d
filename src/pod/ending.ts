import { OperationError } from '../sys/errors.ts';
import { type PodRecord, readMaybePod } from './store.ts';

/** Refuses a pod that is being taken down, or is gone: nothing is started in it any more. Its files are read anew. */
export function refuseEnding({ intent, files }: PodRecord): void {
  const now = readMaybePod(files.root, files.name);
  if (now?.intent.uid !== intent.uid) throw podGone(intent.name);
  if (now.status?.terminating) throw podTerminating(intent.name);
}

export function podGone(name: string): OperationError {
  return new OperationError(`pod "${name}" is gone`, { code: 'ERR_POD_NOT_FOUND' });
}

export function podTerminating(name: string): OperationError {
  return new OperationError(`pod "${name}" is being taken down`, { code: 'ERR_POD_TERMINATING' });
}
