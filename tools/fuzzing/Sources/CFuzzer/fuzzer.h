#include <stddef.h>
#include <stdint.h>

/* libFuzzer, which the sanitizer's flag links. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*take)(const uint8_t *bytes, size_t count));
