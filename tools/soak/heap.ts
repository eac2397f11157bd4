/**
 * What a running program holds of its heap, told by its inspector: after a full collection of garbage, so
 * that nothing is left in it but what is still wanted.
 *
 * Source: https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/
 */
interface Answer {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number; readonly backingStorageSize?: number };
}

/** A program's inspector. */
export class Heap implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer: Answer = JSON.parse(data);
      this.#waiting.get(answer.id ?? 0)?.(answer);
    };
  }

  /** Connects with a program that was started with `--inspect`. */
  static async of(port: number): Promise<Heap> {
    const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Heap(socket);
  }

  /** Collects the garbage. Returns what is left, buffers included, in bytes. */
  async heldBytes(): Promise<number> {
    await this.#ask("HeapProfiler.collectGarbage");
    const { result } = await this.#ask("Runtime.getHeapUsage");
    return result!.usedSize! + (result!.backingStorageSize ?? 0);
  }

  /** Lets go of the program, which would wait for that at its end. */
  close(): void {
    this.#socket.close();
  }

  /** The same as {@linkcode Heap.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #ask(method: string): Promise<Answer> {
    const id = ++this.#last;
    this.#socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        resolve(answer);
      });
    });
  }
}
