#include "persistency.h"

#include <stddef.h>
#include <string.h>

#include "pages.h"
#include "shared_memory.h"

#define SECTORS 256

static uint64_t store;
static int store_shmid;

long persistency_init(int shmid) {
  if (shared_range(SHARED_MEMORY, shmid, 0, PAGE_SIZE) == 0) return -1;
  if (store == 0) store = pages_allocate(SECTORS);
  store_shmid = shmid;
  return store == 0 ? -1 : 0;
}

/* The buffer in shared memory; NULL if there is none or no such sector. */
static char *buffer_for(uint64_t sector) {
  if (store == 0 || sector >= SECTORS) return NULL;
  return (char *)shared_range(SHARED_MEMORY, store_shmid, 0, PAGE_SIZE);
}

long persistency_read(uint64_t sector) {
  char *buffer = buffer_for(sector);
  if (buffer == NULL) return -1;
  memcpy(buffer, (const char *)store + sector * PAGE_SIZE, PAGE_SIZE);
  return 0;
}

long persistency_write(uint64_t sector) {
  const char *buffer = buffer_for(sector);
  if (buffer == NULL) return -1;
  memcpy((char *)store + sector * PAGE_SIZE, buffer, PAGE_SIZE);
  return 0;
}
