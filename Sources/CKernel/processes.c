#define _GNU_SOURCE
#include "Processes.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// In the child, between fork and exec: only calls that are safe there. Returns the errno.
static int become(const struct ck_program *program, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) return errno;
  if (setns(program->network, CLONE_NEWNET) != 0) return errno;
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0) return errno;
  if (dup2(program->log, 1) < 0 || dup2(program->log, 2) < 0) return errno;
  if (syscall(SYS_setgroups, 0, NULL) != 0) return errno;
  if (setresgid(program->gid, program->gid, program->gid) != 0) return errno;
  if (setresuid(program->uid, program->uid, program->uid) != 0) return errno;
  // After the change of user, which would undo it; and the parent may be gone already.
  if (program->dies_with_parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    if (getppid() != parent) _exit(127);
  }
  syscall(SYS_execveat, program->executable, "", program->arguments, program->environment,
          AT_EMPTY_PATH);
  return errno;
}

int ck_start(const struct ck_program *program) {
  // Closed by a successful exec; else it brings the child's errno.
  int news[2];
  if (pipe2(news, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    int error = become(program, parent);
    ssize_t written = write(news[1], &error, sizeof error);
    _exit(written < 0 ? 126 : 127);
  }
  int error = errno;
  close(news[1]);
  if (child < 0) {
    close(news[0]);
    return -error;
  }
  ssize_t count;
  do count = read(news[0], &error, sizeof error);
  while (count < 0 && errno == EINTR);
  close(news[0]);
  if (count != sizeof error) return child;
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  return -error;
}

static volatile sig_atomic_t interruption;

static void note(int signal) { interruption = signal; }

void ck_note_interruptions(void) {
  struct sigaction action = {.sa_handler = note};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
}

int ck_interruption(void) { return interruption; }

int ck_lock(int fd, int waits) {
  int result;
  do result = flock(fd, LOCK_EX | (waits ? 0 : LOCK_NB));
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

int ck_has_ended(int pid, int *status) {
  int result = waitpid(pid, status, WNOHANG);
  return result < 0 ? -errno : result > 0;
}
