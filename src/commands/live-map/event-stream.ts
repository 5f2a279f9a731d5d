import type { ServerResponse } from 'node:http';

/**
 * Server-Sent Events with the newest picture, to many browsers. One that reads slowly, or not at all, has one picture waiting
 * for it at most, and gets the newest when it reads again: it neither blocks the others nor takes memory.
 */
export class EventStream {
  readonly #readers = new Set<ServerResponse>();
  /** Those that have not yet taken the last picture that was written to them, while there is a newer one. */
  readonly #behind = new Set<ServerResponse>();
  #event: Buffer | undefined;

  /** Shows a picture from now on. Every line of it is a line of the event. */
  show(picture: string): void {
    const lines = picture.trimEnd().split('\n');
    this.#event = Buffer.from(['event: picture', ...lines.map((line) => `data: ${line}`), '', ''].join('\n'));
    for (const reader of this.#readers) this.#send(reader);
  }

  /** Sends what is shown now, and what follows. */
  add(reader: ServerResponse): void {
    // Milliseconds after which a browser connects again.
    reader.write('retry: 1000\n\n');
    this.#readers.add(reader);
    reader.on('drain', () => this.#behind.delete(reader) && this.#send(reader));
    reader.on('close', () => {
      this.#readers.delete(reader);
      this.#behind.delete(reader);
    });
    this.#send(reader);
  }

  close(): void {
    for (const reader of this.#readers) reader.end();
  }

  #send(reader: ServerResponse): void {
    if (reader.writableNeedDrain) this.#behind.add(reader);
    else if (this.#event) reader.write(this.#event);
  }
}
