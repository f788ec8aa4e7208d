/**
 * A guest that answers on network device "service": whatever comes back goes back, with Ethernet addresses, IPv4
 * addresses and UDP ports exchanged (which keeps every checksum right).
 */
import { guest } from "./wat.ts";

/** Ring header at 0x100, receive ring at 0x200, transmit ring at 0x400, buffers of 2 KiB from 0x1000, 16 each. */
export const echo = guest({
  rest: `
    (data (i32.const 0x40) "service")
    (func $swap (param $a i32) (param $b i32) (param $n i32)
      (memory.copy (i32.const 0x80) (local.get $a) (local.get $n))
      (memory.copy (local.get $a) (local.get $b) (local.get $n))
      (memory.copy (local.get $b) (i32.const 0x80) (local.get $n)))
    (func $post (param $i i32) (local $d i32)
      (local.set $d (i32.add (i32.const 0x200) (i32.shl (i32.and (local.get $i) (i32.const 15)) (i32.const 4))))
      (i32.store (local.get $d) (i32.add (i32.const 0x1000) (i32.shl (i32.and (local.get $i) (i32.const 15)) (i32.const 11))))
      (i32.store offset=4 (local.get $d) (i32.const 2048)))`,
  start: `(local $i i32)
    (i32.store (i32.const 0x100) (i32.const 0x200))
    (i32.store (i32.const 0x104) (i32.const 16))
    (i32.store (i32.const 0x108) (i32.const 0x400))
    (i32.store (i32.const 0x10c) (i32.const 16))
    (loop $l
      (call $post (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 16))))
    (i32.store (i32.const 0x110) (i32.const 16))
    (drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
    (i64.const -1)`,
  // Frames and buffers keep their slot: a receive buffer is sent from where it lies, and posted again once it is sent.
  step: `(local $at i32) (local $rx i32) (local $p i32) (local $tx i32)
    (local.set $at (i32.sub (i32.load (i32.const 0x110)) (i32.const 16)))
    (loop $repost
      (if (i32.ne (local.get $at) (i32.load (i32.const 0x11c)))
        (then
          (call $post (local.get $at))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $repost))))
    (i32.store (i32.const 0x110) (i32.add (local.get $at) (i32.const 16)))
    (local.set $at (i32.load (i32.const 0x118)))
    (loop $answer
      (if (i32.ne (local.get $at) (i32.load (i32.const 0x114)))
        (then
          (local.set $rx (i32.add (i32.const 0x200) (i32.shl (i32.and (local.get $at) (i32.const 15)) (i32.const 4))))
          (local.set $tx (i32.add (i32.const 0x400) (i32.shl (i32.and (local.get $at) (i32.const 15)) (i32.const 4))))
          (local.set $p (i32.load (local.get $rx)))
          (i32.store (local.get $tx) (local.get $p))
          (i32.store offset=4 (local.get $tx) (i32.load offset=12 (local.get $rx)))
          (i32.store offset=8 (local.get $tx) (i32.const 0))
          (memory.fill (local.get $p) (i32.const 0) (i32.const 10))
          (local.set $p (i32.add (local.get $p) (i32.const 10)))
          (call $swap (local.get $p) (i32.add (local.get $p) (i32.const 6)) (i32.const 6))
          (call $swap (i32.add (local.get $p) (i32.const 26)) (i32.add (local.get $p) (i32.const 30)) (i32.const 4))
          (call $swap (i32.add (local.get $p) (i32.const 34)) (i32.add (local.get $p) (i32.const 36)) (i32.const 2))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $answer))))
    (i32.store (i32.const 0x118) (local.get $at))
    (i64.const -1)`,
  event: `(if (i32.eq (local.get $kind) (i32.const 1)) (then (call $exit (i32.const 0))))`,
});

/** The guest, saying `up` once its rings are attached. */
export const announced = (text: string) =>
  text
    .replace('(data (i32.const 0x40) "service")', '(data (i32.const 0x40) "service") (data (i32.const 0x60) "up\\n")')
    .replace("(i64.const -1))", "(call $console_write (i32.const 0x60) (i32.const 3)) (i64.const -1))");
