# What the tenders are made of, by the name of each file without .c.

# Both of the following are written with it.
TEXT := text

# All of them: devices, rings, the loop, the sandbox.
CORE := guest ring_net net_transmit net_receive batch uring io ring_block block_uring tap offload stream disk workers console signals hypercalls pump \
  statistics landlock sandbox explain

# The native one, to read images and command lines; the fuzzers, too.
READERS := utf8 wasm xxh64 manifest printable value image elf options nearest arguments attach print
