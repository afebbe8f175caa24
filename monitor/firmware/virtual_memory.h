/* What mstatus.TVM makes trap: the host's use of satp and sfence.vma. */
#ifndef VIRTUAL_MEMORY_H
#define VIRTUAL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

/* Does what the trapped instruction should; false where it is another one, or one that the host may not make. */
bool emulate_virtual_memory(struct frame *frame, uint32_t instruction);

#endif
