;; Good arguments, and bad ones that are answered with a code.
;; device: service network
;; device: disk block
;; arguments: --greeting=hällo --flag=true

(global $starting (mut i32) (i32.const 1))

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (call $show (text "now is small") (i64.lt_u (local.get $now) (i64.const 1000000000)))
  (call $show (text "wall is after 2023") (i64.gt_u (local.get $wall) (i64.const 1700000000000000000)))
  (call $show (text "clock_monotonic is at now or past it") (i64.ge_u (call $clock_monotonic) (local.get $now)))

  ;; console_write
  (call $console_write (i32.const 0) (i32.const 0))
  (call $console_write (i32.const 0x10000) (i32.const 0))
  (call $say (text "nothing written, at the end of memory too\n"))

  ;; argv
  (memory.fill (i32.const 0x100) (i32.const 46) (i32.const 32))
  (call $show (text "argv(0)") (call $argv (i32.const 0) (i32.const 0x100) (i32.const 32)))
  (call $console_write (i32.const 0x100) (i32.const 32)) (call $say (text "\n"))
  (memory.fill (i32.const 0x100) (i32.const 46) (i32.const 32))
  (call $show (text "argv(1), room for 7") (call $argv (i32.const 1) (i32.const 0x100) (i32.const 7)))
  (call $console_write (i32.const 0x100) (i32.const 32)) (call $say (text "\n"))
  (call $show (text "argv(1), no room") (call $argv (i32.const 1) (i32.const 0x10000) (i32.const 0)))
  (call $show (text "argv(2), past the last") (call $argv (i32.const 2) (i32.const 0x100) (i32.const 32)))
  (call $show (text "argv(-1)") (call $argv (i32.const -1) (i32.const 0x100) (i32.const 32)))
  (call $show (text "argv(0x7fffffff)") (call $argv (i32.const 0x7fffffff) (i32.const 0x100) (i32.const 32)))

  ;; random
  (call $show (text "random(0)") (call $random (i32.const 0x10000) (i32.const 0)))
  (call $show (text "random(32)") (call $random (i32.const 0x200) (i32.const 32)))
  (call $show (text "some of it is not zero")
    (i64.ne (i64.const 0) (i64.or (i64.load (i32.const 0x200)) (i64.load (i32.const 0x208)))))
  (call $show (text "random(256)") (call $random (i32.const 0x200) (i32.const 256)))
  (call $show (text "random(4096) gives") (call $random (i32.const 0x200) (i32.const 4096)))

  ;; net_attach and block_attach
  (i32.store (i32.const 0x1000) (i32.const 0x1100)) (i32.store (i32.const 0x1004) (i32.const 4))
  (i32.store (i32.const 0x1008) (i32.const 0x1200)) (i32.store (i32.const 0x100c) (i32.const 8))
  (i32.store (i32.const 0x1028) (i32.const -1))
  (i32.store (i32.const 0x2000) (i32.const 0x2100)) (i32.store (i32.const 0x2004) (i32.const 0x2200))
  (i32.store (i32.const 0x2008) (i32.const 4))
  (call $show (text "net_attach of what is not declared") (call $net_attach (text "other") (i32.const 0x1000)))
  (call $show (text "net_attach of a block device") (call $net_attach (text "disk") (i32.const 0x1000)))
  (call $show (text "net_attach without a name") (call $net_attach (i32.const 0) (i32.const 0) (i32.const 0x1000)))
  (call $show (text "net_attach with a long name") (call $net_attach (i32.const 0) (i32.const 65) (i32.const 0x1000)))
  (call $show (text "net_attach of part of a name") (call $net_attach (text "servic") (i32.const 0x1000)))
  (i64.store (i32.const 0x1800) (i64.const 0x0065636976726573)) ;; "service", then a zero
  (call $show (text "net_attach of a name with a zero")
    (call $net_attach (i32.const 0x1800) (i32.const 8) (i32.const 0x1000)))
  (call $show (text "net_attach") (call $net_attach (text "service") (i32.const 0x1000)))
  (call $show (text "net_attach again") (call $net_attach (text "service") (i32.const 0x1000)))
  (call $show (text "  mtu") (i32.load16_u (i32.const 0x1026)))
  (call $show (text "  first byte of mac") (i32.load8_u (i32.const 0x1020)))
  (call $show (text "  features") (i32.load (i32.const 0x1028)))
  (call $show (text "  link") (i32.load (i32.const 0x102c)))
  (call $show (text "block_attach of what is not declared") (call $block_attach (text "other") (i32.const 0x2000)))
  (call $show (text "block_attach of a network device") (call $block_attach (text "service") (i32.const 0x2000)))
  (call $show (text "block_attach") (call $block_attach (text "disk") (i32.const 0x2000)))
  (call $show (text "block_attach again") (call $block_attach (text "disk") (i32.const 0x2000)))
  (call $show (text "  capacity") (i32.load (i32.const 0x2020)))
  (call $show (text "  block size") (i32.load (i32.const 0x2028)))
  (i64.const 0))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  (call $show (text "net_attach in step") (call $net_attach (text "service") (i32.const 0x1000)))
  (call $show (text "net_attach in step of what is not declared") (call $net_attach (text "other") (i32.const 0)))
  (call $show (text "block_attach in step") (call $block_attach (text "disk") (i32.const 0x2000)))
  (call $exit (i32.const 42))
  (call $say (text "exit has returned\n"))
  (i64.const 0))

(func $event (export "event") (param $kind i32))
