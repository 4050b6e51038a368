#pragma once
// What the testbed needs: throwaway namespaces, sockets with another owner, and whole packets.

#include <stddef.h>
#include <sys/types.h>

/// Moves the calling thread to a new network namespace and opens it: a descriptor, or -errno.
int ck_new_network_namespace(void);

/// Makes the calling thread, and it alone, open files and sockets as `uid` and `gid`; 0, or an errno.
///
/// These are the ids that xt_owner and nft's skuid compare; capabilities for the network stay.
int ck_set_filesystem_owner(unsigned uid, unsigned gid);

/// Takes all supplementary groups from the calling thread, and from it alone; 0, or an errno.
int ck_drop_groups(void);

/// A file without a name that lives in memory: a descriptor, or -errno.
int ck_memory_file(void);

/// A socket that no call waits for and no child inherits: a descriptor, or -errno.
int ck_socket(int domain, int type, int protocol);

/// The next connection of a listener, likewise.
int ck_accept(int fd);

/// A socket that sees the packets of every interface here, from the IP header on; or -errno.
int ck_open_wire(void);

/// Where a packet was seen, beside its bytes.
struct ck_arrival {
  /// The IPv6 destination that a raw socket is told apart from the bytes.
  unsigned char destination[16];
  int has_destination;
  /// This host sent it itself.
  int is_outgoing;
};

/// The next packet, without waiting: its length, or -errno.
ssize_t ck_receive(int fd, void *bytes, size_t size, struct ck_arrival *arrival);

/// Whether an ICMP error waits in the socket's error queue; takes it from there.
int ck_take_icmp_error(int fd);

/// Options and flags of linux/in.h and linux/in6.h, where glibc has other names or none.
enum {
  CK_IP_TRANSPARENT = 19,
  CK_IP_RECVERR = 11,
  CK_IPV6_RECVERR = 25,
  CK_IPV6_V6ONLY = 26,
  CK_IPV6_RECVPKTINFO = 49,
  CK_IPV6_TRANSPARENT = 75,
  CK_SO_BINDTODEVICE = 25,
  CK_SO_RCVBUFFORCE = 33,
  CK_SO_MARK = 36,
  CK_MSG_FASTOPEN = 0x20000000,
};
