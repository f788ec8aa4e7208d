/** The port that a text has from an index on to its end, in decimal; 0 when there is none. */
export function portIn(text: string, from: i32): u32 {
  let port: u32 = 0;
  for (let i = from; i < text.length; i++) {
    const digit: u32 = <u32>text.charCodeAt(i) - 0x30;
    if (digit > 9) return 0;
    port = port * 10 + digit;
    if (port > 65535) return 0;
  }
  return port;
}
