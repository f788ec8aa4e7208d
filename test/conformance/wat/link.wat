;; A link that goes down and comes up again.
;; device: service network
;; network: tap
;; when: link: 1 | ip link set dev $tap down
;; when: link: 0 | ip link set dev $tap up

(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (i32.store (i32.const 0x1000) (i32.const 0x1100)) (i32.store (i32.const 0x1004) (i32.const 4))
  (i32.store (i32.const 0x1008) (i32.const 0x1200)) (i32.store (i32.const 0x100c) (i32.const 1))
  ;; The only frame: 60 bytes of zeros behind the header.
  (i32.store (i32.const 0x1200) (i32.const 0x2000)) (i32.store (i32.const 0x1204) (i32.const 70))
  (call $show (text "net_attach") (call $net_attach (text "service") (i32.const 0x1000)))
  (call $show (text "link") (i32.load (i32.const 0x102c)))
  (i64.const 0))

;; A frame that the host does not take is how it shows.
(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  (if (i32.eq (i32.load (i32.const 0x1018)) (i32.load (i32.const 0x101c))) (then
    (i32.store (i32.const 0x1018) (i32.add (i32.load (i32.const 0x1018)) (i32.const 1)))))
  (i64.add (local.get $now) (i64.const 10000000)))

(func $event (export "event") (param $kind i32)
  (if (i32.ne (local.get $kind) (i32.const $EVENT_LINK$)) (then (return (call $show (text "event") (local.get $kind)))))
  (call $say (text "event\n"))
  (call $show (text "link") (i32.load (i32.const 0x102c)))
  (if (i32.load (i32.const 0x102c)) (then (call $exit (i32.const 0)))))
