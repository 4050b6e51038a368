#include "CPeers.h"

static inline int holds(const struct peer_rule *r, const struct peer_packet *p) {
  /* One comparison an interval: below the lower bound wraps around. */
  return (uint32_t)(p->protocol - r->protocol_low) <= (uint32_t)(r->protocol_high - r->protocol_low)
      && (uint32_t)(p->port - r->port_low) <= (uint32_t)(r->port_high - r->port_low)
      && p->destination - r->destination_low <= r->destination_high - r->destination_low
      && p->uid - r->uid_low <= r->uid_high - r->uid_low
      && p->gid - r->gid_low <= r->gid_high - r->gid_low
      && (uint32_t)(p->leaves_by_lo - r->lo_low) <= (uint32_t)(r->lo_high - r->lo_low);
}

uint64_t peer_interpret(const struct peer_rule *rules, size_t rule_count,
                        const struct peer_packet *packets, size_t packet_count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < packet_count; i++) {
    for (size_t k = 0; k < rule_count; k++) {
      if (holds(&rules[k], &packets[i])) {
        sum += k + 1;
        break;
      }
    }
  }
  return sum;
}
