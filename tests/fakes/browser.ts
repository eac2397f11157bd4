/** A real browser without a window, driven by its DevTools protocol. */
import { TextLineStream } from "../e2e/text_lines.ts";

type Params = Record<string, unknown>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

const START_MS = 30_000;

/** One page in the browser. */
export class Browser implements AsyncDisposable {
  /** Addresses that the page asked for. */
  readonly requests: string[] = [];
  /** What the page's console had to complain about. */
  readonly complaints: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #reading: Promise<void>;
  readonly #answers = new Map<number, (message: Message) => void>();
  #session = "";
  #last = 0;

  private constructor(
    child: Deno.ChildProcess,
    profile: string,
    socket: WebSocket,
    reading: Promise<void>,
  ) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    this.#reading = reading;
    socket.onmessage = ({ data }) => this.#on(JSON.parse(data));
  }

  /** Starts the browser with an empty page. */
  static async start(): Promise<Browser> {
    const profile = Deno.makeTempDirSync({ prefix: "rosey-browser-" });
    const child = new Deno.Command("chromium", {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { promise: address, resolve } = Promise.withResolvers<string>();
    const reading = (async () => {
      for await (const line of child.stderr.pipeThrough(new TextLineStream())) {
        const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
        if (found) resolve(found);
      }
    })();
    const limit = setTimeout(() => child.kill("SIGKILL"), START_MS);
    const socket = new WebSocket(await address);
    clearTimeout(limit);
    await new Promise((opened) => socket.onopen = opened);
    const browser = new Browser(child, profile, socket, reading);
    await browser.#attach();
    return browser;
  }

  /** Opens an address and waits until it is loaded. */
  async open(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
    await this.until("document.readyState === 'complete'");
  }

  /** Shows pages in light or dark, on a screen of this width in pixels. */
  async look(scheme: "light" | "dark", width = 1100, height = 900): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
    const screen = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", screen);
  }

  /** What an expression is in the page. */
  async value(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", options);
    if (exceptionDetails) {
      throw new Error(`Cannot evaluate ${expression}: ${JSON.stringify(result)}`);
    }
    return Object(result).value;
  }

  /** Waits until an expression is true in the page; it is looked at on every frame. */
  async until(expression: string, timeoutMs = 20_000): Promise<void> {
    const found = await this.value(`new Promise((resolve) => {
      const begun = Date.now();
      const look = () => {
        if (${expression}) resolve(true);
        else if (Date.now() - begun > ${timeoutMs}) resolve(false);
        else setTimeout(look, 50);
      };
      look();
    })`);
    if (found !== true) throw new Error(`It never came true: ${expression}`);
  }

  /** Presses a key. */
  async press(key: string): Promise<void> {
    const event = { key, code: key, windowsVirtualKeyCode: key === "Tab" ? 9 : 13 };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** A picture of the page as PNG. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Uint8Array.from(atob(String(data)), (char) => char.charCodeAt(0));
  }

  /** Sends a command of the protocol. */
  async send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#answers.set(id, resolve);
    const session = this.#session ? { sessionId: this.#session } : {};
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const { result = {}, error } = await promise;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
    // Its helpers may still write for a moment.
    for (let tries = 0; tries < 50; tries++) {
      try {
        return Deno.removeSync(this.#profile, { recursive: true });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #attach(): Promise<void> {
    const { targetInfos } = await this.send("Target.getTargets");
    const page = (targetInfos as Params[]).find(({ type }) => type === "page");
    const attach = { targetId: page?.targetId, flatten: true };
    this.#session = String((await this.send("Target.attachToTarget", attach)).sessionId);
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await this.send(`${domain}.enable`);
  }

  #on({ id, method, params = {}, ...message }: Message): void {
    if (id !== undefined) {
      this.#answers.get(id)?.({ id, ...message });
      this.#answers.delete(id);
      return;
    }
    if (method === "Network.requestWillBeSent") {
      this.requests.push(String(Object(params.request).url));
    }
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params));
    if (method === "Log.entryAdded" && Object(params.entry).level === "error") {
      this.complaints.push(JSON.stringify(params.entry));
    }
  }
}
