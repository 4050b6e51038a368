#define _GNU_SOURCE
#include "Probing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int ck_new_network_namespace(void) {
  if (unshare(CLONE_NEWNET) != 0) return -errno;
  int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int ck_set_filesystem_owner(unsigned uid, unsigned gid) {
  // Neither call reports failure; asked for an impossible id, both answer the one in force.
  setfsgid(gid);
  setfsuid(uid);
  if ((unsigned)setfsgid(-1) != gid || (unsigned)setfsuid(-1) != uid) return EPERM;
  return 0;
}

int ck_drop_groups(void) {
  // Not setgroups(3), which changes every thread of the process.
  return syscall(SYS_setgroups, 0, NULL) == 0 ? 0 : errno;
}

int ck_memory_file(void) {
  int fd = memfd_create("bypass-plan", MFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int ck_socket(int domain, int type, int protocol) {
  int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  return fd < 0 ? -errno : fd;
}

int ck_accept(int fd) {
  int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return connection < 0 ? -errno : connection;
}

int ck_open_wire(void) {
  return ck_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
}

ssize_t ck_receive(int fd, void *bytes, size_t size, struct ck_arrival *arrival) {
  char control[256];
  union {
    struct sockaddr any;
    struct sockaddr_ll link;
    struct sockaddr_storage room;
  } from;
  struct iovec part = {bytes, size};
  struct msghdr message = {
      .msg_name = &from,
      .msg_namelen = sizeof from,
      .msg_iov = &part,
      .msg_iovlen = 1,
      .msg_control = control,
      .msg_controllen = sizeof control,
  };
  memset(arrival, 0, sizeof *arrival);
  ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
  if (length < 0) return -errno;
  arrival->is_outgoing = message.msg_namelen >= offsetof(struct sockaddr_ll, sll_addr) &&
                         from.any.sa_family == AF_PACKET &&
                         from.link.sll_pkttype == PACKET_OUTGOING;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      memcpy(arrival->destination, &info.ipi6_addr, 16);
      arrival->has_destination = 1;
    }
  }
  return length;
}

int ck_take_icmp_error(int fd) {
  char bytes[512];
  return recv(fd, bytes, sizeof bytes, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
}
