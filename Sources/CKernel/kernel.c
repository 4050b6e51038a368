#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

int ck_enter_network_namespace(int fd) {
  return setns(fd, CLONE_NEWNET) == 0 ? 0 : errno;
}

const char *ck_errno_name(int number) {
  return strerrorname_np(number);
}
