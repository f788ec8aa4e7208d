/**
 * Guests on network device "service" that watch the link, or send all they can. Both say `up` once their rings are attached.
 */
import * as abi from "../../runtime/abi/tender.ts";
import { Layout } from "./layout.ts";
import { guest } from "./wat.ts";

/** A guest that counts its steps and exits with 99 when they run away; link events are printed. */
export function linkWatcher(extra = ""): string {
  const memory = new Layout().text(0x40, "service").netHeader(0x100, 0x200, 4, 0x300, 4).text(0x60, "link 0\nup\n");
  for (let i = 0; i < 4; i++) memory.descriptor(0x200, i, 0x1000 + i * 2048, 2048).descriptor(0x300, i, 0x4000, 70);
  return guest({
    rest: `${memory.data()} (global $steps (mut i32) (i32.const 0))`,
    start: `(i32.store (i32.const ${0x100 + abi.NET_RX_POSTED}) (i32.const 4))
      (drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
      (call $console_write (i32.const 0x67) (i32.const 3))
      (i64.const -1)`,
    step: `(global.set $steps (i32.add (global.get $steps) (i32.const 1)))
      (if (i32.gt_u (global.get $steps) (i32.const 1000)) (then (call $exit (i32.const 99))))
      (i32.store (i32.const ${0x100 + abi.NET_RX_POSTED})
        (i32.add (i32.const 4) (i32.load (i32.const ${0x100 + abi.NET_RX_FILLED}))))
      ${extra}
      (i64.const -1)`,
    event: `
      (if (i32.eq (local.get $kind) (i32.const ${abi.EVENT_STOP})) (then (call $exit (i32.const 0))))
      (if (i32.eq (local.get $kind) (i32.const ${abi.EVENT_LINK})) (then
        (i32.store8 (i32.const 0x65) (i32.add (i32.const 48) (i32.load (i32.const ${0x100 + abi.NET_LINK}))))
        (call $console_write (i32.const 0x60) (i32.const 7))))
      (if (i32.eq (local.get $kind) (i32.const ${abi.EVENT_USER})) (then
        (i32.store (i32.const ${0x100 + abi.NET_TX_POSTED})
          (i32.add (i32.const 1) (i32.load (i32.const ${0x100 + abi.NET_TX_POSTED}))))))`,
  });
}

/** The watcher without the lines that post buffers: a poll that goes on reporting input would run its steps away. */
export function starvedWatcher(): string {
  return linkWatcher()
    .replace(`(i32.store (i32.const ${0x100 + abi.NET_RX_POSTED}) (i32.const 4))`, "")
    .replace(/\(i32\.store \(i32\.const 272\)\s+\(i32\.add \(i32\.const 4\)[^\n]*\n/, "");
}

/** A guest that fills its transmit ring in each step, numbering the frames, until 2000 are posted; then it says `done`. */
export function flood(): string {
  const memory = new Layout().text(0x40, "service").netHeader(0x100, 0x200, 4, 0x300, 8).text(0x60, "up\ndone\n");
  for (let i = 0; i < 8; i++) memory.descriptor(0x300, i, 0x1000 + i * 2048, 1000);
  return guest({
    rest: memory.data(),
    start: `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
        (call $console_write (i32.const 0x60) (i32.const 3)) (i64.const 0)`,
    step: `(local $posted i32)
        (local.set $posted (i32.load (i32.const ${0x100 + abi.NET_TX_POSTED})))
        (if (i32.eq (i32.load (i32.const ${0x100 + abi.NET_TX_TAKEN})) (i32.const 2000)) (then
          (call $console_write (i32.const 0x63) (i32.const 5)) (call $exit (i32.const 0))))
        (loop $l
          (if (i32.and
            (i32.lt_u (local.get $posted) (i32.const 2000))
            (i32.lt_u (i32.sub (local.get $posted) (i32.load (i32.const ${0x100 + abi.NET_TX_TAKEN}))) (i32.const 8)))
            (then
              (i32.store8
                (i32.add (i32.const 0x100a) (i32.shl (i32.and (local.get $posted) (i32.const 7)) (i32.const 11)))
                (local.get $posted))
              (local.set $posted (i32.add (local.get $posted) (i32.const 1)))
              (br $l))))
        (i32.store (i32.const ${0x100 + abi.NET_TX_POSTED}) (local.get $posted))
        (select
          (i64.add (local.get $now) (i64.const 1000000))
          (i64.const -1)
          (i32.eq (local.get $posted) (i32.const 2000)))`,
  });
}
