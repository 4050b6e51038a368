#pragma once
// What the lab needs: servers in other namespaces under other users, locks, and an orderly Ctrl-C.

/// A program to start, and where and as whom. All of it is the parent's memory.
struct ck_program {
  /// Opened before any right is given up: the user may not be able to reach it.
  int executable;
  char *const *arguments;
  char *const *environment;
  /// The network namespace.
  int network;
  unsigned uid, gid;
  /// Standard output and error.
  int log;
  /// Whether it is killed when the starting thread ends.
  int dies_with_parent;
};

/// Starts it in a session of its own, with no signal blocked: its pid, or -errno.
int ck_start(const struct ck_program *program);

/// From now on SIGINT, SIGTERM and SIGHUP end waiting calls with EINTR and are only noted.
void ck_note_interruptions(void);

/// The signal noted last, or 0.
int ck_interruption(void);

/// flock(2), exclusive. Without `waits`, EWOULDBLOCK where somebody else holds it; 0, or an errno.
int ck_lock(int fd, int waits);

/// waitpid(2) without waiting: 1 where the child has ended, 0 where it runs, or -errno.
int ck_has_ended(int pid, int *status);

/// Options of linux/tcp.h.
enum { CK_TCP_KEEPIDLE = 4, CK_TCP_KEEPINTVL = 5, CK_TCP_KEEPCNT = 6 };

/// Events of poll(2), which Swift knows by another type.
enum { CK_POLLIN = 1, CK_POLLOUT = 4 };
