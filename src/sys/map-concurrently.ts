import { settleAll } from './settle-all.ts';

/**
 * Does something for each item, a few at a time, and gives the results in the items' order. When one fails, no more are
 * begun, and the failure is thrown once those under way have ended.
 */
export async function mapConcurrently<T, R>(
  few: number,
  items: readonly T[],
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next;
      try {
        results[at] = await action(item);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await settleAll(...Array.from({ length: Math.min(few, items.length) }, worker));
  return results;
}
