;; Signals: events for the guest, and the end of one that does not listen.
;; cases: 5
;; The pause keeps two threads of an engine from taking the signals in either order.
;; when: 0 ready | kill -USR1 $pid
;; when: 0 user | kill -TERM $pid
;; when: 1 ready | kill -INT $pid
;; when: 1 stop | kill -TERM $pid
;; when: 2 ready | kill -INT $pid; sleep 0.3; kill -TERM $pid
;; when: 3 ready | sleep 0.3; kill -INT $pid; sleep 0.3; kill -TERM $pid
;; when: 4 ready | kill -USR1 $pid; kill -INT $pid; sleep 0.3; kill -TERM $pid

(global $stopped (mut i32) (i32.const 0))
(global $started (mut i32) (i32.const 0))

(func $forever (loop $again (br $again)))

;; As long as nothing but a signal can wake it.
(func $start (export "start") (param $now i64) (param $wall i64) (result i64)
  (if (call $is (i32.const 0) (text "events, then the guest ends")) (then (nop)))
  (if (call $is (i32.const 1) (text "a guest that goes on")) (then (nop)))
  (if (call $is (i32.const 2) (text "an endless step")) (then (nop)))
  (if (call $is (i32.const 3) (text "an endless step after some")) (then (nop)))
  (if (call $is (i32.const 4) (text "an endless event")) (then (nop)))
  (call $say (text "ready\n"))
  (if (i32.le_u (i32.sub (call $case) (i32.const 2)) (i32.const 1)) (then (return (i64.const 0))))
  (i64.const 0x7fffffffffffffff))

(func $step (export "step") (param $now i64) (param $wall i64) (result i64)
  (if (i32.eq (call $case) (i32.const 2)) (then (call $forever)))
  (global.set $started (i32.add (global.get $started) (i32.const 1)))
  (if (i32.eq (call $case) (i32.const 3)) (then
    (if (i32.eq (global.get $started) (i32.const 100)) (then (call $forever)))
    (return (i64.const 0))))
  (if (global.get $stopped) (then (if (i32.eqz (call $case)) (then (call $exit (i32.const 7))))))
  (i64.const 0x7fffffffffffffff))

(func $event (export "event") (param $kind i32)
  (if (i32.eq (call $case) (i32.const 4)) (then (call $forever)))
  (if (i32.eq (local.get $kind) (i32.const $EVENT_STOP$)) (then
    (global.set $stopped (i32.const 1))
    (return (call $say (text "stop\n")))))
  (if (i32.eq (local.get $kind) (i32.const $EVENT_USER$)) (then (return (call $say (text "user\n")))))
  (call $show (text "event") (local.get $kind)))
