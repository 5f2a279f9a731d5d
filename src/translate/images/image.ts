/** A program of this machine that stands for an image. */
export interface Image {
  /** What always runs: Docker's ENTRYPOINT. Kubernetes' `command` takes its place. */
  readonly entrypoint?: readonly string[];
  /** What runs when nothing else is said: Docker's CMD. Kubernetes' `args` takes its place. */
  readonly command?: readonly string[];
  /** The Debian package that has the program. */
  readonly package?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** busybox's applets come first in PATH: the machine's own `sh` and `wget` would be other programs. */
  readonly isBusybox?: boolean;
  /** Files that the image has and this machine has not, or has otherwise. Root may read and anybody else. */
  readonly files?: Readonly<Record<string, string>>;
  /** Programs under the name that the image has for them: place → this machine's program. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Directories that the image has. */
  readonly directories?: readonly string[];
}

/** What a manifest's `image:` is called here: `registry.k8s.io/library/nginx:1.29@sha256:…` is `nginx`. */
export function imageName(reference: string): string {
  const last = reference.replace(/@.*$/, '').split('/').pop() ?? '';
  return last.replace(/:.*$/, '');
}
