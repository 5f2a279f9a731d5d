/**
 * The codes of nslab's own errors, and when each is thrown. A program may rely on them: a message may change, a code does not.
 * An error of a system call or of a file has the name of its errno instead: `EPERM`.
 */
export const ERROR_CODES = {
  ABORT_ERR: 'the `signal` of a call was aborted, as Node’s own calls say it; `cause` is the reason',
  ERR_ADDRESS_IN_USE: 'the wanted address is another pod’s, or the network has room for no other',
  ERR_COMMAND_NOT_STARTED: 'a command could not be executed: not found, not executable, no such directory',
  ERR_DAMAGED_RECORD: 'a file of the state directory cannot be used; `nslab gc` removes what is left',
  ERR_DESTROYED: 'a method was called on a pod or network that this object has destroyed',
  ERR_INVALID_INPUT: 'what was asked for makes no sense; nothing was touched',
  ERR_INVALID_MANIFEST: 'a manifest has faults: `faults` has all of them; nothing was touched',
  ERR_LOCKED: 'another nslab works on the same thing, and has not finished in time',
  ERR_NEEDS_ROOT: 'this process is not root',
  ERR_NETWORK_EXISTS: 'a network of that name exists already',
  ERR_NETWORK_IN_USE: 'the network has pods',
  ERR_NETWORK_NOT_FOUND: 'there is no network of that name (any more)',
  ERR_NOT_LOGGED: 'the workload’s output went to a terminal: there is no log of it',
  ERR_NOT_RUNNING: 'the pod’s holder or the workload does not run',
  ERR_OPERATION_FAILED: 'anything else that was tried and did not work',
  ERR_POD_EXISTS: 'a pod of that name exists already',
  ERR_POD_FAILED: 'a pod cannot become ready any more',
  ERR_POD_NOT_FOUND: 'there is no pod of that name (any more)',
  ERR_POD_TERMINATING: 'the pod is being taken down: nothing starts in it any more',
  ERR_PORT_IN_USE: 'a published port is another pod’s, or a program of the host listens on it',
  ERR_TIMEOUT: 'it took longer than the `timeout` of the call',
  ERR_WORKLOAD_EXISTS: 'the pod has a workload of that name already',
  ERR_WORKLOAD_NOT_FOUND: 'the pod has no workload of that name (any more)',
  ERR_WORKLOAD_RUNNING: 'a running workload was to be removed without `force`',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
