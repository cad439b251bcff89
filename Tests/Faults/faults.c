// Lets one call of a program fail, or ends the program at it: LD_PRELOAD=faults.so with these variables.
//
//   FAULT_FOLDER   only calls about files below this folder count
//   FAULT_CALL     write, read, open, rename, fsync, mkdir or unlink; all for any of them
//   FAULT_AT       which of them, from 1; 0 for none
//   FAULT_ERROR    the number that errno gets; 0 ends the program with SIGKILL instead
//   FAULT_COUNTS   a file that gets the number of calls of each kind when the program ends
//
// A write that fails writes half of what it should before.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE, READ, OPEN, RENAME, FSYNC, MKDIR, UNLINK, KINDS };
static const char *const names[KINDS] = {"write", "read", "open", "rename", "fsync", "mkdir", "unlink"};
static atomic_long counts[KINDS], total;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Paths may begin with several slashes.
static int is_below(const char *path) {
  const char *folder = getenv("FAULT_FOLDER");
  char absolute[4096];
  if (!folder || !path) return 0;
  while (path[0] == '/' && path[1] == '/') path++;
  if (path[0] != '/') {
    if (!getcwd(absolute, sizeof absolute)) return 0;
    size_t length = strlen(absolute);
    snprintf(absolute + length, sizeof absolute - length, "/%s", path);
    path = absolute;
  }
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_of(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

// Whether this call is the one.
static int fails(enum kind kind) {
  long own = atomic_fetch_add(&counts[kind], 1) + 1, all = atomic_fetch_add(&total, 1) + 1;
  const char *call = getenv("FAULT_CALL"), *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERROR");
  if (!call || !at || !error) return 0;
  int is_any = strcmp(call, "all") == 0;
  if (!is_any && strcmp(call, names[kind]) != 0) return 0;
  if ((is_any ? all : own) != atol(at)) return 0;
  if (atoi(error) == 0) kill(getpid(), SIGKILL);
  errno = atoi(error);
  return 1;
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULT_COUNTS");
  FILE *file = path ? fopen(path, "w") : 0;
  if (!file) return;
  for (int kind = 0; kind < KINDS; kind++) fprintf(file, "%s %ld\n", names[kind], (long)counts[kind]);
  fclose(file);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (is_of(descriptor) && fails(WRITE)) {
    int error = errno;
    REAL(write)(descriptor, bytes, count / 2);
    errno = error;
    return -1;
  }
  return REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  return is_of(descriptor) && fails(WRITE) ? -1 : REAL(pwrite)(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  return is_of(descriptor) && fails(WRITE) ? -1 : REAL(writev)(descriptor, parts, count);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  return is_of(descriptor) && fails(READ) ? -1 : REAL(read)(descriptor, bytes, count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  return is_of(descriptor) && fails(READ) ? -1 : REAL(pread)(descriptor, bytes, count, offset);
}

#define OPEN_FUNCTION(name)                                    \
  int name(const char *path, int flags, ...) {                 \
    va_list list;                                              \
    va_start(list, flags);                                     \
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;  \
    va_end(list);                                              \
    if (is_below(path) && fails(OPEN)) return -1;              \
    return REAL(name)(path, flags, mode);                      \
  }
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)

int rename(const char *from, const char *to) { return is_below(to) && fails(RENAME) ? -1 : REAL(rename)(from, to); }
int fsync(int descriptor) { return is_of(descriptor) && fails(FSYNC) ? -1 : REAL(fsync)(descriptor); }
int fdatasync(int descriptor) { return is_of(descriptor) && fails(FSYNC) ? -1 : REAL(fdatasync)(descriptor); }
int mkdir(const char *path, mode_t mode) { return is_below(path) && fails(MKDIR) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char *path) { return is_below(path) && fails(UNLINK) ? -1 : REAL(unlink)(path); }
