/**
 * The virtio_net_hdr before each frame (VIRTIO 1.2, 5.1.6), little-endian, without num_buffers.
 *
 *      0     1     2         4         6           8           10
 *     |flags|gso  |hdr_len  |gso_size |csum_start |csum_offset|
 */

const FLAGS: usize = 0;
const GSO_TYPE: usize = 1;

/** The checksum is still partial: only the pseudo header's sum stands in its field. */
export const FLAG_NEEDS_CSUM: u32 = 1;
/** A packet of its own size. */
export const GSO_NONE: u32 = 0;

export function flags(ptr: usize): u32 {
  return load<u8>(ptr + FLAGS);
}

export function gsoType(ptr: usize): u32 {
  return load<u8>(ptr + GSO_TYPE);
}

/**
 * Whether the frame behind the header is complete as it stands: its checksums filled in, nothing left to segment. The
 * flag DATA_VALID (the host has verified the checksum) is welcome and needs nothing: the layers above verify anyway.
 */
export function isPlain(ptr: usize): bool {
  return (flags(ptr) & FLAG_NEEDS_CSUM) == 0 && gsoType(ptr) == GSO_NONE;
}
