import { OperationError } from '../sys/errors.ts';
import { CHAINS, isIpv4Family, TABLES } from '../sys/netlink/tables.ts';
import type { Call, Transcript } from '../transcript/transcript.ts';
import type { Chain, Table } from './driver.ts';
import { refuseUnable, startTool } from './run-tool.ts';

/** The channel `nft`: nftables. A transaction is whole or not at all. */
export interface Nft {
  /** Equivalent to: `nft -f -` with this text. */
  apply(transaction: string, purpose: string): Promise<void>;
  /**
   * Equivalent to: `nft -j -a list WORDS…`. Asks, and changes nothing. Ask for all of a family and choose: nft has no
   * status of its own for a single object that is not there, and a failure must not be taken for it.
   */
  list(purpose: string, ...words: string[]): Promise<NftObject[]>;
  /** Throws where nft could not be started: asked before anything is made that needs it later. */
  refuseUnable(): void;
}

/** One object of `nft -j`: `{ rule: { … } }`, `{ chain: { … } }`. */
export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

export function openNft(transcript: Transcript, held: Iterable<number>): Nft {
  return {
    async apply(transaction, purpose) {
      const done = transcript.begin(transactionCall(transaction, purpose));
      const run = { file: 'nft', words: TRANSACTION, input: transaction, held } as const;
      const { status, stderr } = await startTool(run).finished;
      done({ result: status });
      if (status !== 0) throw nftError('nft -f -', stderr);
    },

    async list(purpose, ...words) {
      const all = ['-j', '-a', 'list', ...words];
      const done = transcript.begin({ channel: 'nft', call: 'nft', args: all.join(' '), purpose });
      const { status, stdout, stderr } = await startTool({ file: 'nft', words: all, held }).finished;
      done({ result: status });
      if (status !== 0) throw nftError(`nft ${all.join(' ')}`, stderr);
      return (JSON.parse(stdout) as { nftables: NftObject[] }).nftables;
    },

    refuseUnable: () => refuseUnable('nft'),
  };
}

/**
 * Equivalent to: `nft -a list ruleset ip`. nft 1.0.6 prints the comment of a table as text and not as JSON, so the map of our
 * tables has the same comment.
 */
export async function listTables(nft: Pick<Nft, 'list'>): Promise<Table[]> {
  const objects = await nft.list(TABLES, 'ruleset', 'ip');
  const maps = objects.flatMap(({ map }) => (map ? [map] : []));
  return objects.flatMap(({ table }) => {
    if (!table) return [];
    const comment = table.comment ?? maps.find((map) => map.table === table.name && map.comment)?.comment;
    const name = String(table.name);
    return [
      { name, handle: String(table.handle), comment: comment === undefined ? undefined : String(comment) },
    ];
  });
}

/** Equivalent to: `nft list chains`. */
export async function listChains(nft: Pick<Nft, 'list'>): Promise<Chain[]> {
  const chains = (await nft.list(CHAINS, 'chains')).flatMap(({ chain }) =>
    chain && isIpv4Family(String(chain.family)) ? [chain] : [],
  );
  return chains.map(({ family, table, name, hook, policy }) => ({
    family: String(family),
    table: String(table),
    name: String(name),
    seesForwarded: hook === 'forward',
    dropsForwarded: hook === 'forward' && policy === 'drop',
  }));
}

const TRANSACTION = ['-f', '-'];

/** A transaction as the transcript has it, whether it is run or only planned. */
export function transactionCall(input: string, purpose: string): Call {
  const equivalent = `nft -f - <<'END'\n${input}END`;
  return { channel: 'nft', call: 'nft', args: TRANSACTION.join(' '), purpose, input, equivalent };
}

function nftError(what: string, stderr: string): OperationError {
  const why = stderr.split('\n')[0]?.replace(/^.*Error: /, '') || 'no reason given';
  return new OperationError(`${what} failed: ${why}`, {
    hint: /permitted/.test(why)
      ? 'this needs CAP_NET_ADMIN: run nslab as root (sudo)'
      : /not supported|No such file/.test(why)
        ? 'this kernel may lack nf_tables or nft_nat: `nslab doctor` says'
        : undefined,
  });
}
