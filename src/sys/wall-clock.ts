/** The time of day in nanoseconds since 1970, as the kernel stamps packets with it; exact to the microsecond. */
export function wallClock(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
