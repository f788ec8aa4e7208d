/* wasm2c includes this header for tail calls, which are not enabled. */
