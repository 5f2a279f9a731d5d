/** Does something for each item, a few at a time, and gives the results in the items' order. */
export async function fewAtOnce<T, R>(
  few: number,
  items: readonly T[],
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await action(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(few, items.length) }, worker));
  return results;
}
