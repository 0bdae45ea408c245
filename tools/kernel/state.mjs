// Boots the machine of vm.js with a kernel and a guest, waits until the guest is ready, and writes the
// machine's state: node state.mjs LIBV86 WASM BIOS VGABIOS BZIMAGE INITRD STATE
// On standard output: the guest's first line. On standard error: what the kernel says.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import "./vm.js";

const [lib, wasm, bios, vga, bzimage, initrd, out] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(lib));
const BIOS = [0xc0000, 0x100000]; // where both BIOSes are; the kernel needs neither after booting
const SECONDS = 900;
const machine = JSON.parse(readFileSync(new URL("machine.json", import.meta.url)));
const CMDLINE = [
  "console=ttyS0 quiet panic=-1",
  "tsc=reliable mitigations=off random.trust_cpu=on", // an emulated CPU has no better clock, no leaks
  "init_on_free=1", // what is freed is zeros, which cost nothing in the state
];

const file = (name) => ({ buffer: new Uint8Array(readFileSync(name)).buffer });

function give(up) {
  console.error(up);
  process.exit(1);
}

const emulator = new V86({
  ...machine, autostart: true, wasm_path: wasm, bios: file(bios), vga_bios: file(vga),
  bzimage: file(bzimage), initrd: file(initrd), cmdline: CMDLINE.join(" "),
});
let kernel = "";
emulator.add_listener("serial0-output-byte", (byte) => {
  kernel += String.fromCharCode(byte);
  if (byte === 10 && kernel.includes("Kernel panic")) give(kernel);
});
setTimeout(() => give(`${kernel}\nthe guest was not ready after ${SECONDS} seconds`), SECONDS * 1000).unref();

await new Promise((done) => emulator.add_listener("emulator-ready", done));
const guest = new globalThis.loVm.Console(emulator);
const first = await new Promise((done) => {
  guest.online = (line) => line.startsWith('{"ready"') && done(line); // it also says how far it is
});
await new Promise((done) => setTimeout(done, 300)); // the guest now waits for its first question
await emulator.stop();
emulator.v86.cpu.mem8.fill(0, ...BIOS);
const state = new Uint8Array(await emulator.save_state());
writeFileSync(out, state);
process.stderr.write(kernel);
process.stdout.write(`${first}\n`);
process.exit(0);
