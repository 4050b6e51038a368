#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int ck_enter_network_namespace(int fd) {
  return setns(fd, CLONE_NEWNET) == 0 ? 0 : errno;
}

const char *ck_errno_name(int number) {
  return strerrorname_np(number);
}

int ck_open_in_root(const char *root, const char *path) {
  int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -errno;
  struct open_how how = {
    .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };
  long file = syscall(SYS_openat2, directory, path, &how, sizeof how);
  int error = errno;
  close(directory);
  return file >= 0 ? (int)file : -error;
}
