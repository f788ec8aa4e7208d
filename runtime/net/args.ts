/**
 * Image arguments that are addresses. The printed keys.ts reads them with these functions. A value that does not fit
 * ends the image with one line and exit status 64.
 */
import { argument, badArgument } from "../sys/args";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix, parseIpv4 } from "../wire/ipv4address";

/**
 * The value of an IPv4 address.
 * @param fallback what it is when it was not given; the empty text, there and in the argument, is IPV4_ANY: no address
 */
export function ipv4Argument(name: string, fallback: string): Ipv4Address {
  const given = argument(name);
  const text = given === null ? fallback : given;
  if (text.length == 0 && fallback.length == 0) return IPV4_ANY;
  const address = parseIpv4(text);
  if (address < 0) badArgument(name, text, "an IPv4 address; expected one such as 10.0.0.1");
  return <Ipv4Address>address;
}

/**
 * The value of an address with its network's prefix length, such as 10.0.0.2/24.
 * @param fallback what it is when it was not given
 */
export function ipv4PrefixArgument(name: string, fallback: string): Ipv4Prefix {
  const given = argument(name);
  const text = given === null ? fallback : given;
  const prefix = Ipv4Prefix.parse(text);
  if (prefix === null) badArgument(name, text, "an IPv4 prefix; expected one such as 10.0.0.2/24");
  return prefix!; // badArgument does not return
}
