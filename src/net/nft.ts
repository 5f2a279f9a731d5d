import { OperationError } from '../sys/errors.ts';
import type { Call, Transcript } from '../transcript/transcript.ts';
import type { Chain } from './driver.ts';
import { refuseUnable, startTool } from './run-tool.ts';

/** The channel `nft`: nftables. A transaction is whole or not at all. */
export interface Nft {
  /** Equivalent to: `nft -f -` with this text. */
  apply(transaction: string): Promise<void>;
  /**
   * Equivalent to: `nft -j -a list WORDS…`. Asks, and changes nothing. Ask for all of a family and choose: nft has no
   * status of its own for a single object that is not there, and a failure must not be taken for it.
   */
  list(...words: string[]): Promise<NftObject[]>;
  /** Throws where nft could not be started: who needs it in the end asks that before the beginning. */
  refuseUnable(): void;
}

/** One object of `nft -j`: `{ rule: { … } }`, `{ chain: { … } }`. */
export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

export function openNft(transcript: Transcript, held: Iterable<number>): Nft {
  return {
    async apply(transaction) {
      const done = transcript.begin(transactionCall(transaction));
      const run = { file: 'nft', words: TRANSACTION, input: transaction, held } as const;
      const { status, stderr } = await startTool(run).finished;
      done({ result: status });
      if (status !== 0) throw nftError('nft -f -', stderr);
    },

    async list(...words) {
      const all = ['-j', '-a', 'list', ...words];
      const done = transcript.begin({ channel: 'nft', call: 'nft', args: all.join(' ') });
      const { status, stdout, stderr } = await startTool({ file: 'nft', words: all, held }).finished;
      done({ result: status });
      if (status !== 0) throw nftError(`nft ${all.join(' ')}`, stderr);
      return (JSON.parse(stdout) as { nftables: NftObject[] }).nftables;
    },

    refuseUnable: () => refuseUnable('nft'),
  };
}

/** Equivalent to: `nft list chains ip`. */
export async function listChains(nft: Pick<Nft, 'list'>): Promise<Chain[]> {
  const chains = (await nft.list('chains', 'ip')).flatMap(({ chain }) => (chain ? [chain] : []));
  return chains.map(({ table, name, hook, policy }) => ({
    table: String(table),
    name: String(name),
    dropsForwarded: hook === 'forward' && policy === 'drop',
  }));
}

const TRANSACTION = ['-f', '-'];

/** A transaction as the transcript has it, whether it is run or only planned. */
export function transactionCall(input: string): Call {
  const equivalent = `nft -f - <<'END'\n${input}END`;
  return { channel: 'nft', call: 'nft', args: TRANSACTION.join(' '), input, equivalent };
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
