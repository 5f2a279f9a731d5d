#!/usr/bin/env node
import { Parts } from './parts.ts';

declare const BUILT_FOR: string;

refuseOtherMachine();
new Parts(__filename).require('./start/main');

/** Its native parts are of the machine that it was built on. Said before one of them is loaded, which would say less. */
function refuseOtherMachine(): void {
  const here = `${process.platform} ${process.arch}`;
  if (here === BUILT_FOR) return;
  console.error(
    `nslab: this is a build for ${BUILT_FOR}, and here is ${here} (hint: scripts/quickstart builds it on Linux)`,
  );
  process.exit(1);
}
