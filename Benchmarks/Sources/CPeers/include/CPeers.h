#ifndef CPEERS_H
#define CPEERS_H

#include <stddef.h>
#include <stdint.h>

/* A packet of IPv4, of which everything the rules ask is known. */
struct peer_packet {
  uint32_t destination;
  uint32_t uid;
  uint32_t gid;
  uint16_t port;
  uint8_t protocol;
  uint8_t leaves_by_lo;
};

/* A rule that holds where every value lies in its interval; the first that holds decides. */
struct peer_rule {
  uint32_t destination_low, destination_high;
  uint32_t uid_low, uid_high;
  uint32_t gid_low, gid_high;
  uint16_t port_low, port_high;
  uint8_t protocol_low, protocol_high;
  uint8_t lo_low, lo_high;
  uint8_t redirects;
};

/* The sum over all packets of the deciding rule's number, counted from 1; 0 where none decides. */
uint64_t peer_interpret(const struct peer_rule *rules, size_t rule_count,
                        const struct peer_packet *packets, size_t packet_count);

/* BuDDy, with room for so many nodes; once a process. Not part of any figure. */
void peer_buddy_start(int nodes);

/* Builds the set of packets that the rules redirect, and counts it. */
struct peer_set {
  int handle;
  double count;
};
struct peer_set peer_redirected(const struct peer_rule *rules, size_t rule_count);

/* How many packets are in exactly one of the two. */
double peer_difference(struct peer_set a, struct peer_set b);

/* Frees a set, and empties BuDDy's caches, which would know it the next time. */
void peer_forget(struct peer_set set);

/* Gives the calling process a fresh network namespace, which ends with it; 0, or an errno. */
int peer_own_network(void);

#endif
