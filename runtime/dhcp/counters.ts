/** What the server counts: messages, by what they are. */
import { Report, Reporter } from "../flow/report";

export class DhcpCounters extends Reporter {
  discovers: u64 = 0;
  offers: u64 = 0;
  requests: u64 = 0;
  acks: u64 = 0;
  naks: u64 = 0;
  declines: u64 = 0;
  releases: u64 = 0;
  informs: u64 = 0;
  /** No messages of DHCP clients. */
  malformed: u64 = 0;
  /** DHCPDISCOVERs that were not answered, as they were too many, or there was no address. */
  dropped: u64 = 0;

  report(to: Report): void {
    to.layer("dhcp");
    to.add("dhcpDiscovers", this.discovers);
    to.add("dhcpOffers", this.offers);
    to.add("dhcpRequests", this.requests);
    to.add("dhcpAcks", this.acks);
    to.add("dhcpNaks", this.naks);
    to.add("dhcpDeclines", this.declines);
    to.add("dhcpReleases", this.releases);
    to.add("dhcpInforms", this.informs);
    to.add("dhcpMalformed", this.malformed);
    to.add("dhcpDropped", this.dropped);
  }
}
