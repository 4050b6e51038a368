#define _GNU_SOURCE
#include "CPeers.h"

#include <errno.h>
#include <sched.h>

int peer_own_network(void) { return unshare(CLONE_NEWNET) == 0 ? 0 : errno; }
