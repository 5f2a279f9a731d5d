/**
 * Waits for several things that go on at the same time, for all of them also when one has failed: what is still under way
 * could not be undone yet. Then throws the first failure.
 */
export async function settleAll<const P extends readonly unknown[]>(
  ...pending: P
): Promise<{ -readonly [K in keyof P]: Awaited<P[K]> }> {
  const outcomes = await Promise.allSettled(pending);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as never;
}
