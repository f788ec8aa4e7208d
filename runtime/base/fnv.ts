/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): a hash for tables, where nobody chooses the keys to hurt. */
export function fnv1a(ptr: usize, length: usize): u32 {
  let hash: u32 = 0x811c9dc5;
  for (const end = ptr + length; ptr < end; ptr++) hash = (hash ^ load<u8>(ptr)) * 0x01000193;
  return hash;
}
