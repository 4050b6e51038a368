#pragma once
// <linux/in.h>, which the netfilter headers pull in, clashes with glibc's own unless that comes first.
#include <netinet/in.h>
#include <libmnl/libmnl.h>
