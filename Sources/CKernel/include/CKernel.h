#pragma once
// What Swift cannot import: calls behind _GNU_SOURCE, and kernel headers that clash with glibc's.

#include "Probing.h"
#include "Processes.h"

/// setns(2) of the calling thread to a network namespace; 0, or an errno.
int ck_enter_network_namespace(int fd);

/// Buses of linux/netlink.h and a message type of linux/rtnetlink.h.
enum {
  CK_NETLINK_ROUTE = 0,
  CK_NETLINK_SOCK_DIAG = 4,
  CK_NETLINK_NETFILTER = 12,
  CK_RTM_GETADDR = 22,
};

/// `EPERM` for 1 and so on; null for a number the C library has no name for.
const char *ck_errno_name(int number);

/// Opens a file for reading as a process sees it whose root directory is `root`: no link leads out of
/// there, and nothing waits for a writer. The descriptor, or an errno below zero.
int ck_open_in_root(const char *root, const char *path);
