/** An image: a program installed on this machine, or a root file system, and how the image would run it. */
export interface Image {
  /** The directory of a root file system, in which its programs are. Default: the root of this machine. */
  readonly rootfs?: string;
  /** Docker's ENTRYPOINT. Kubernetes' `command` replaces it. */
  readonly entrypoint?: readonly string[];
  /** Docker's CMD. Kubernetes' `args` replaces it. */
  readonly command?: readonly string[];
  /** The Debian package that has the program. */
  readonly package?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** busybox's applets come first in PATH, before the machine's own `sh` and `wget`. */
  readonly isBusybox?: boolean;
  /** Files of the image that this machine lacks or has with other content. Readable by all users. */
  readonly files?: Readonly<Record<string, string>>;
  /** Programs of the image: its path in the image → the path of this machine's program. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Programs of this machine that its files start. */
  readonly needs?: readonly string[];
  /** Directories that the image has. */
  readonly directories?: readonly string[];
}

/** The catalog name of an image reference: `registry.k8s.io/library/nginx:1.29@sha256:…` is `nginx`. */
export function imageName(reference: string): string {
  const last = reference.replace(/@.*$/, '').split('/').pop() ?? '';
  return last.replace(/:.*$/, '');
}
