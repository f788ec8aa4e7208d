/**
 * Image arguments that are addresses. The printed keys.ts reads them with these functions. A value that does not fit
 * ends the image with one line and exit status 64.
 */
import { badArgument, stringArgument, stringListArgument } from "../sys/args";
import { IPV4_ANY, Ipv4Address, Ipv4Prefix, parseIpv4 } from "../wire/ipv4address";
import { Ipv6Address, Ipv6Prefix } from "../wire/ipv6address";

/**
 * The value of an IPv4 address.
 * @param fallback what it is when it was not given; the empty text, there and in the argument, is IPV4_ANY: no address
 */
export function ipv4Argument(name: string, fallback: string): Ipv4Address {
  const text = stringArgument(name, fallback);
  return text.length == 0 && fallback.length == 0 ? IPV4_ANY : toIpv4(name, text);
}

/**
 * The value of an address with its network's prefix length, such as 10.0.0.2/24.
 * @param fallback what it is when it was not given
 */
export function ipv4PrefixArgument(name: string, fallback: string): Ipv4Prefix {
  return toIpv4Prefix(name, stringArgument(name, fallback));
}

/**
 * The value of an IPv6 address.
 * @param fallback what it is when it was not given; the empty text, there and in the argument, is `::`: no address
 */
export function ipv6Argument(name: string, fallback: string): Ipv6Address {
  const text = stringArgument(name, fallback);
  return text.length == 0 && fallback.length == 0 ? new Ipv6Address(0, 0) : toIpv6(name, text);
}

/** As ipv4PrefixArgument, for IPv6: fd00::2/64. */
export function ipv6PrefixArgument(name: string, fallback: string): Ipv6Prefix {
  return toIpv6Prefix(name, stringArgument(name, fallback));
}

/** The addresses of a list, which have commas between them. */
export function ipv4ListArgument(name: string, fallback: string): Ipv4Address[] {
  const texts = stringListArgument(name, fallback);
  const addresses: Ipv4Address[] = [];
  for (let i = 0; i < texts.length; i++) addresses.push(toIpv4(name, texts[i]));
  return addresses;
}

/** As ipv4ListArgument, for prefixes. */
export function ipv4PrefixListArgument(name: string, fallback: string): Ipv4Prefix[] {
  const texts = stringListArgument(name, fallback);
  const prefixes: Ipv4Prefix[] = [];
  for (let i = 0; i < texts.length; i++) prefixes.push(toIpv4Prefix(name, texts[i]));
  return prefixes;
}

/** As ipv4ListArgument, for IPv6. */
export function ipv6ListArgument(name: string, fallback: string): Ipv6Address[] {
  const texts = stringListArgument(name, fallback);
  const addresses: Ipv6Address[] = [];
  for (let i = 0; i < texts.length; i++) addresses.push(toIpv6(name, texts[i]));
  return addresses;
}

/** As ipv4PrefixListArgument, for IPv6. */
export function ipv6PrefixListArgument(name: string, fallback: string): Ipv6Prefix[] {
  const texts = stringListArgument(name, fallback);
  const prefixes: Ipv6Prefix[] = [];
  for (let i = 0; i < texts.length; i++) prefixes.push(toIpv6Prefix(name, texts[i]));
  return prefixes;
}

// badArgument does not return.

function toIpv4(name: string, text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address < 0) badArgument(name, text, "an IPv4 address; expected one such as 10.0.0.1");
  return <Ipv4Address>address;
}

function toIpv4Prefix(name: string, text: string): Ipv4Prefix {
  const prefix = Ipv4Prefix.parse(text);
  if (prefix === null) badArgument(name, text, "an IPv4 prefix; expected one such as 10.0.0.2/24");
  return prefix!;
}

function toIpv6(name: string, text: string): Ipv6Address {
  const address = Ipv6Address.parse(text);
  if (address === null) badArgument(name, text, "an IPv6 address; expected one such as fd00::1");
  return address!;
}

function toIpv6Prefix(name: string, text: string): Ipv6Prefix {
  const prefix = Ipv6Prefix.parse(text);
  if (prefix === null) badArgument(name, text, "an IPv6 prefix; expected one such as fd00::2/64");
  return prefix!;
}
