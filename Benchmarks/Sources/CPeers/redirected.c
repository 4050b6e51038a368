#include "CPeers.h"

#include <bdd.h>
#include <stdlib.h>

/* Levels from the top. Ports stand above addresses, as in FlowSets. */
enum { LO = 0, UID = 1, GID = 33, PROTOCOL = 65, PORT = 73, DESTINATION = 89, LEVELS = 121 };

void peer_buddy_start(int nodes) {
  if (bdd_isrunning()) return;
  bdd_init(nodes, nodes / 8);
  bdd_setmaxincrease(nodes);
  bdd_setvarnum(LEVELS);
  bdd_gbc_hook(NULL);
}

/* Numbers of `width` bits from `first` on that are at least (or at most) `bound`. */
static BDD bounded(int first, int width, uint32_t bound, int is_lower) {
  BDD set = bdd_addref(bddtrue);
  for (int bit = 0; bit < width; bit++) {
    int level = first + width - 1 - bit;
    int is_one = (bound >> bit) & 1;
    BDD here = is_lower ? (is_one ? bdd_ithvar(level) : bddtrue) : (is_one ? bddtrue : bdd_nithvar(level));
    BDD other = is_lower ? (is_one ? bddfalse : bdd_ithvar(level)) : (is_one ? bdd_nithvar(level) : bddfalse);
    BDD kept = bdd_addref(bdd_and(here, set));
    BDD next = bdd_addref(bdd_or(kept, other));
    bdd_delref(kept);
    bdd_delref(set);
    set = next;
  }
  return set;
}

static BDD narrowed(BDD box, int first, int width, uint32_t low, uint32_t high) {
  uint32_t last = width == 32 ? UINT32_MAX : (1u << width) - 1;
  if (low == 0 && high == last) return box;
  BDD above = bounded(first, width, low, 1);
  BDD below = bounded(first, width, high, 0);
  BDD both = bdd_addref(bdd_and(above, below));
  BDD result = bdd_addref(bdd_and(box, both));
  bdd_delref(above);
  bdd_delref(below);
  bdd_delref(both);
  bdd_delref(box);
  return result;
}

static BDD box(const struct peer_rule *r) {
  BDD set = bdd_addref(bddtrue);
  set = narrowed(set, DESTINATION, 32, r->destination_low, r->destination_high);
  set = narrowed(set, PORT, 16, r->port_low, r->port_high);
  set = narrowed(set, PROTOCOL, 8, r->protocol_low, r->protocol_high);
  set = narrowed(set, GID, 32, r->gid_low, r->gid_high);
  set = narrowed(set, UID, 32, r->uid_low, r->uid_high);
  return narrowed(set, LO, 1, r->lo_low, r->lo_high);
}

/* What a run of rules decides, and what of that it redirects. */
struct decided {
  BDD any, redirected;
};

/* A balanced fold: far faster than rule by rule. */
static struct decided fold(const struct peer_rule *rules, size_t count) {
  if (count == 1) {
    BDD set = box(rules);
    return (struct decided){set, bdd_addref(rules->redirects ? set : bddfalse)};
  }
  struct decided first = fold(rules, count / 2);
  struct decided second = fold(rules + count / 2, count - count / 2);
  BDD any = bdd_addref(bdd_or(first.any, second.any));
  BDD late = bdd_addref(bdd_apply(second.redirected, first.any, bddop_diff));
  BDD redirected = bdd_addref(bdd_or(first.redirected, late));
  bdd_delref(late);
  bdd_delref(first.any);
  bdd_delref(first.redirected);
  bdd_delref(second.any);
  bdd_delref(second.redirected);
  return (struct decided){any, redirected};
}

struct peer_set peer_redirected(const struct peer_rule *rules, size_t rule_count) {
  struct decided all = fold(rules, rule_count);
  bdd_delref(all.any);
  return (struct peer_set){all.redirected, bdd_satcount(all.redirected)};
}

void peer_forget(struct peer_set set) {
  bdd_delref(set.handle);
  bdd_gbc();
}

double peer_difference(struct peer_set a, struct peer_set b) {
  BDD difference = bdd_addref(bdd_apply(a.handle, b.handle, bddop_xor));
  double count = bdd_satcount(difference);
  bdd_delref(difference);
  return count;
}
