/**
 * Checks a string against a format. Returns Kubernetes' message for a mismatch, else undefined.
 * k8s.io/apimachinery/pkg/util/validation/validation.go, pkg/api/validate/content/kube.go
 */
export function formatFault(pattern: Pattern, value: string): string | undefined {
  const { most, regex, why, also }: Rule = PATTERNS[pattern];
  if (value.length > most) return `must be no more than ${most} characters`;
  if (!regex.test(value)) return why;
  return also?.(value);
}

interface Rule {
  readonly most: number;
  readonly regex: RegExp;
  readonly why: string;
  readonly also?: (value: string) => string | undefined;
}

const WORD =
  "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

const PATTERNS = {
  dnsLabel: {
    most: 63,
    regex: new RegExp(`^${LABEL}$`),
    why: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc')",
  },
  subdomain: {
    most: 253,
    regex: new RegExp(`^${LABEL}(\\.${LABEL})*$`),
    why: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')",
  },
  portName: {
    most: 15,
    regex: /^[-a-z0-9]+$/,
    why: 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    also: portNameFault,
  },
  labelKey: {
    most: 253 + 1 + 63,
    regex: /^[^/]*(\/[^/]*)?$/,
    why: `a label key has at most one "/"`,
    also: labelKeyFault,
  },
  labelName: {
    most: 63,
    regex: /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/,
    why: `must consist of ${WORD}`,
  },
  labelValue: {
    most: 63,
    regex: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
    why: `a valid label must be an empty string or consist of ${WORD}`,
  },
  envName: {
    most: Number.POSITIVE_INFINITY,
    regex: /^[ -<>-~]+$/,
    why: "a valid environment variable name must consist only of printable ASCII characters other than '='",
  },
  configKey: {
    most: 253,
    regex: /^[-._a-zA-Z0-9]+$/,
    why: "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name')",
    also: parentPathFault,
  },
  headerName: {
    most: Number.POSITIVE_INFINITY,
    regex: /^[-A-Za-z0-9]+$/,
    why: "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name')",
  },
  sysctl: {
    most: 253,
    regex: /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9]$/,
    why: 'must have at most 253 characters and match what a sysctl is called',
  },
} satisfies Record<string, Rule>;

type Pattern = keyof typeof PATTERNS;

function portNameFault(name: string): string | undefined {
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)';
  if (name.includes('--')) return 'must not contain consecutive hyphens';
  return /^-|-$/.test(name) ? 'must not begin or end with a hyphen' : undefined;
}

function labelKeyFault(key: string): string | undefined {
  const [name = '', prefix] = key.split('/').reverse();
  const ofPrefix = prefix === undefined ? undefined : formatFault('subdomain', prefix);
  if (ofPrefix) return `prefix part ${ofPrefix}`;
  const ofName = formatFault('labelName', name);
  return ofName && `name part ${ofName}`;
}

function parentPathFault(key: string): string | undefined {
  if (key === '.' || key === '..') return `must not be '${key}'`;
  return key.startsWith('..') ? "must not start with '..'" : undefined;
}
