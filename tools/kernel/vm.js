// Drives the machine in the page: a real Linux kernel in the emulator v86, whose state was kept when
// the laboratory's player on it was ready (tools/kernel/guest.py says what it is asked and answers).
//
//     const machine = await loVm.open(base, { onstate });
//     const { kernel, model } = await machine.ask(steps, { model: true, signal });
//     await machine.stop();
//
// `base` is the folder's address, as the page sees it, with a slash at its end. This file is a classic script that sets
// `loVm`, so that it works from file://, too; vm.mjs is the same text with `export { open }`.
"use strict";
globalThis.loVm = (() => {
  const PIECE = 1024, PAUSE = 30; // the console loses what is longer (bytes), or comes sooner (ms)
  const PATIENCE = 120_000; // ms without a sign of life; the model says nothing until it is through

  class Refused extends Error {
    name = "Refused";
    refused = true;
  }

  const aborted = () => new DOMException("the question was taken back", "AbortError");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // From file://, a page may load scripts only: each hands its part of a file to `put`.
  const parts = new Map();
  function put(name, part, of, base64) {
    if (!parts.has(name)) parts.set(name, new Array(of));
    parts.get(name)[part] = base64;
  }

  function script(address) {
    return new Promise((done, fail) => {
      const element = document.createElement("script");
      element.src = address;
      element.onload = () => { element.remove(); done(); };
      element.onerror = () => fail(new Error(`${address} cannot be loaded`));
      document.head.append(element);
    });
  }

  function decoded(base64) {
    const text = atob(base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  function joined(chunks) {
    const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) { whole.set(chunk, at); at += chunk.length; }
    return whole;
  }

  // Where the files come from: `bytes(name, onbytes)` and `engine()`, the emulator's class.
  const fromScripts = (base, signal) => ({
    async bytes(name, onbytes) {
      const chunks = [];
      for (let part = 0; part === 0 || part < chunks.of; part++) {
        if (signal?.aborted) throw aborted();
        await script(`${base}file/${name}.${part}.js`);
        const kept = parts.get(name);
        chunks.of = kept.length;
        chunks.push(decoded(kept[part]));
        kept[part] = null;
        onbytes?.(chunks.at(-1).length);
      }
      return joined(chunks);
    },
    async engine() {
      if (!globalThis.V86) await script(`${base}libv86.js`);
      return globalThis.V86;
    },
  });

  const overHttp = (base, signal) => ({
    async bytes(name, onbytes) {
      const response = await fetch(base + name, { signal });
      if (!response.ok) throw new Error(`${base + name}: ${response.status}`);
      const chunks = [], reader = response.body.getReader();
      for (let next; !(next = await reader.read()).done; onbytes?.(next.value.length)) chunks.push(next.value);
      return joined(chunks);
    },
    engine: async () => (await import(`${base}libv86.mjs`)).V86,
  });

  async function unzipped(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  // One console of a running emulator: lines out, lines in.
  class Console {
    #emulator; #decoder = new TextDecoder(); #begun = "";
    online = () => {};

    constructor(emulator) {
      this.#emulator = emulator;
      emulator.add_listener("virtio-console0-output-bytes", (bytes) => this.#read(bytes));
    }

    #read(bytes) {
      const lines = (this.#begun + this.#decoder.decode(bytes, { stream: true })).split("\n");
      this.#begun = lines.pop();
      for (const line of lines) if (line.trim()) this.online(line);
    }

    async write(line) {
      const bytes = new TextEncoder().encode(`${line}\n`);
      for (let at = 0; at < bytes.length; at += PIECE) {
        if (at) await pause(PAUSE);
        this.#emulator.bus.send("virtio-console0-input-bytes", bytes.slice(at, at + PIECE));
      }
    }
  }

  const started = (emulator) => new Promise((done) => emulator.add_listener("emulator-ready", done));

  class Machine {
    #files; #onstate; #emulator = null; #console; #last = Promise.resolve(); #stopped = false;
    #fail = () => {}; // rejects the question that is being answered

    constructor(files, about, onstate) {
      this.#files = files;
      this.#onstate = onstate;
      Object.assign(this, { release: about.release, version: about.version, limits: about.limits });
    }

    // What the kernel, and with `model` the model, observe of a scenario: a list of steps, or a whole
    // scenario as text. Rejects with `refused` set when there is a sentence instead of an answer; the
    // machine lives on, as it does after `signal` has taken the question back.
    ask(question, { model = false, signal } = {}) {
      const mine = this.#last.then(() => this.#ask(question, model, signal));
      this.#last = mine.catch(() => {});
      return mine;
    }

    async #ask(question, model, signal) {
      if (this.#stopped) throw new Error("the machine was stopped");
      if (signal?.aborted) throw aborted();
      if (!this.#emulator) await this.#start();
      if (signal?.aborted) throw aborted();
      if (this.#stopped) throw new Error("the machine was stopped");
      this.#onstate({ doing: "playing" });
      this.#emulator.run();
      const line = typeof question === "string" ? { text: question, model } : { steps: question, model };
      const answer = await this.#exchange(JSON.stringify(line), signal);
      await this.#emulator?.stop(); // it would take some of the CPU for being idle
      this.#onstate({ doing: "idle" });
      if (answer.refused) throw new Refused(answer.refused);
      return { kernel: answer.observed, model: answer.model ?? null };
    }

    // A new emulator for the state that was loaded: one that has run cannot be given a state again.
    async #start() {
      this.#onstate({ doing: "starting" });
      const { V86, wasm, state, machine } = this.#files;
      const emulator = new V86({
        ...machine, autostart: false, initial_state: { buffer: state.slice().buffer },
        wasm_fn: async (env) => (await WebAssembly.instantiate(wasm, env)).instance.exports,
      });
      await started(emulator);
      this.#emulator = emulator;
      this.#console = new Console(emulator);
    }

    async #exchange(line, signal) {
      let timer;
      const giveUp = () => this.#fail(aborted());
      try {
        return await new Promise((done, fail) => {
          this.#fail = fail;
          const wait = () => {
            clearTimeout(timer);
            timer = setTimeout(fail, PATIENCE, new Refused(`no answer in ${PATIENCE / 1000} seconds`));
          };
          signal?.addEventListener("abort", giveUp);
          this.#console.online = (text) => {
            const said = JSON.parse(text);
            wait();
            if ("step" in said) this.#onstate({ doing: "playing", step: said.step });
            else done(said);
          };
          wait();
          this.#console.write(line);
        });
      } catch (error) {
        this.#destroy();
        throw error;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      }
    }

    #destroy() {
      const emulator = this.#emulator;
      this.#emulator = null;
      emulator?.destroy();
    }

    // For good. A question that is on its way is not answered.
    async stop() {
      this.#stopped = true;
      this.#fail(new Error("the machine was stopped"));
      this.#destroy();
    }
  }

  // The machine behind `base`. `onstate` is told what it is doing: {doing: "loading", bytes, of},
  // {doing: "starting"}, {doing: "playing", step} (from 0, of a long scenario), {doing: "idle"}.
  // `signal` ends the loading. `files` stands in for the page's own way to files, where there is no page.
  async function open(base, { onstate = () => {}, signal, files } = {}) {
    const address = files ? base : new URL(base, document.baseURI).href;
    const from = files ?? (address.startsWith("file:") ? fromScripts : overHttp)(address, signal);
    const about = JSON.parse(new TextDecoder().decode(await from.bytes("kernel.json")));
    const of = about.files["state.zst"] + about.files["v86.wasm.gz"];
    let bytes = 0;
    const count = (more) => onstate({ doing: "loading", bytes: (bytes += more), of });
    count(0);
    const [V86, state, wasm] = await Promise.all([
      from.engine(), from.bytes("state.zst", count), from.bytes("v86.wasm.gz", count).then(unzipped),
    ]);
    return new Machine({ V86, state, wasm, machine: about.machine }, about, onstate);
  }

  return { open, put, Console };
})();
