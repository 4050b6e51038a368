/* Reads every table, chain, set and rule of the network namespace through libnftnl, and throws them away:
   what any reader of the kernel's rules has to do at the very least. Prints how many rules there were. */
#include <netinet/in.h>

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long rules;

#define READER(kind)                                                        \
  static int read_##kind(const struct nlmsghdr *message, void *unused) {    \
    struct nftnl_##kind *object = nftnl_##kind##_alloc();                   \
    (void)unused;                                                           \
    if (!object || nftnl_##kind##_nlmsg_parse(message, object) < 0) exit(1); \
    nftnl_##kind##_free(object);                                            \
    return MNL_CB_OK;                                                       \
  }

READER(table)
READER(chain)
READER(set)

static int read_rule(const struct nlmsghdr *message, void *unused) {
  struct nftnl_rule *rule = nftnl_rule_alloc();
  (void)unused;
  if (!rule || nftnl_rule_nlmsg_parse(message, rule) < 0) exit(1);
  nftnl_rule_free(rule);
  rules++;
  return MNL_CB_OK;
}

static void dump(struct mnl_socket *socket, uint16_t type, mnl_cb_t read) {
  static char buffer[1 << 16];
  static unsigned sequence;
  struct nlmsghdr *header =
      nftnl_nlmsg_build_hdr(buffer, type, NFPROTO_UNSPEC, NLM_F_DUMP, ++sequence);
  if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0) exit(1);
  ssize_t size;
  while ((size = mnl_socket_recvfrom(socket, buffer, sizeof buffer)) > 0) {
    int more = mnl_cb_run(buffer, (size_t)size, sequence, mnl_socket_get_portid(socket), read, NULL);
    if (more < 0) exit(1);
    if (more == 0) return;
  }
  exit(1);
}

int main(void) {
  struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
  if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) return 1;
  dump(socket, NFT_MSG_GETTABLE, read_table);
  dump(socket, NFT_MSG_GETCHAIN, read_chain);
  dump(socket, NFT_MSG_GETSET, read_set);
  dump(socket, NFT_MSG_GETRULE, read_rule);
  printf("%lu\n", rules);
  return mnl_socket_close(socket);
}
