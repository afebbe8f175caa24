/* Memory of the host program: its addresses, and copies to and from it. */
#ifndef USER_MEMORY_H
#define USER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "page_table.h"

#define USER_STACK_TOP (USER_END - 0x10000)

/* A range of user addresses that was never used. */
uint64_t user_addresses(uint64_t size);

/* Whether the range lies in user memory, mapped or not. */
bool user_is_range(uint64_t va, uint64_t size);

/* Maps pages at user addresses; false if that cannot be. */
bool user_map(uint64_t va, uint64_t pa, uint64_t size, uint64_t permissions);

bool copy_from_user(void *to, uint64_t from, uint64_t size);
bool copy_to_user(uint64_t to, const void *from, uint64_t size);

#endif
