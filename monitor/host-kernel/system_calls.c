#include "system_calls.h"

#include <host_calls.h>
#include <param.h>
#include <stddef.h>
#include <string.h>

#include "console.h"
#include "device_requests.h"
#include "page_table.h"
#include "pages.h"
#include "ram_files.h"
#include "thread.h"
#include "user_memory.h"

#define FIRST_FD 3
#define MOST_FDS 64
#define MOST_PATH 64
#define PROGRAM_CODE 0xff

/* What each file descriptor is; the enclave device has no file. */
static struct { bool is_open; const struct ram_file *file; } descriptors[MOST_FDS];

static long open(uint64_t user_path) {
  char path[MOST_PATH] = "";
  for (unsigned index = 0;; index++) {
    if (index == MOST_PATH || !copy_from_user(&path[index], user_path + index, 1)) return -1;
    if (path[index] == 0) break;
  }
  const struct ram_file *file = ram_file_find(path);
  if (file == NULL && strcmp(path, PENGLAI_ENCLAVE_DEV_PATH) != 0) return -1;
  for (int index = 0; index < MOST_FDS; index++) {
    if (descriptors[index].is_open) continue;
    descriptors[index].is_open = true;
    descriptors[index].file = file;
    return FIRST_FD + index;
  }
  return -1;
}

static bool is_open(int64_t fd) {
  return fd >= FIRST_FD && fd < FIRST_FD + MOST_FDS && descriptors[fd - FIRST_FD].is_open;
}

static long close(int64_t fd) {
  if (!is_open(fd)) return -1;
  descriptors[fd - FIRST_FD].is_open = false;
  return 0;
}

/* NULL for the enclave device too. */
static const struct ram_file *file_of(int64_t fd) {
  return is_open(fd) ? descriptors[fd - FIRST_FD].file : NULL;
}

static long file_size(int64_t fd) {
  const struct ram_file *file = file_of(fd);
  return file == NULL ? -1 : (long)file->size;
}

static long write(uint64_t bytes, uint64_t size) {
  if (!page_table_user_may(bytes, size, false)) return -1;
  console_write((const char *)bytes, size);
  return (long)size;
}

static long map(uint64_t size, int64_t fd) {
  const struct ram_file *file = file_of(fd);
  uint64_t limit = file == NULL ? USER_END - USER_BASE : file->size;
  if (size == 0 || size > limit || (fd >= 0 && file == NULL)) return -1;
  uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE, va = user_addresses(size);
  uint64_t pa = file == NULL ? pages_allocate(pages) : (uint64_t)file->bytes;
  if (pa == 0 || !user_map(va, pa, pages * PAGE_SIZE, file == NULL ? PTE_R | PTE_W : PTE_R)) return -1;
  return (long)va;
}

/* Takes the addresses away. Memory of a program is not used again: it ends soon. */
static long unmap(uint64_t va, uint64_t size) {
  if (va % PAGE_SIZE != 0 || size == 0 || !page_table_user_may(va, size, false)) return -1;
  page_table_unmap_user(va, (size + PAGE_SIZE - 1) & -PAGE_SIZE);
  return 0;
}

long system_call(uint64_t number, const uint64_t *arguments) {
  switch (number) {
    case SYS_IOCTL:
      return is_open((int64_t)arguments[0]) ? device_request(arguments[1], arguments[2]) : -1;
    case SYS_OPEN:
      return open(arguments[0]);
    case SYS_CLOSE:
      return close((int64_t)arguments[0]);
    case SYS_WRITE:
      return write(arguments[1], arguments[2]);
    case SYS_FILE_SIZE:
      return file_size((int64_t)arguments[0]);
    case SYS_THREAD_EXIT:
      thread_exit();
    case SYS_EXIT:
      power_off(arguments[0] & PROGRAM_CODE);
    case SYS_SLEEP:
      thread_sleep(arguments[0]);
      return 0;
    case SYS_YIELD:
      thread_yield();
      return 0;
    case SYS_UNMAP:
      return unmap(arguments[0], arguments[1]);
    case SYS_MAP:
      return map(arguments[0], (int64_t)arguments[1]);
    case SYS_THREAD_CREATE:
      return thread_create(arguments[0], arguments[1], arguments[2], arguments[3]);
    case SYS_THREAD_JOIN:
      return thread_join(arguments[0]) ? 0 : -1;
    default:
      return -1;
  }
}
