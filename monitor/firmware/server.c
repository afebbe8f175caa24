/* Calls between enclaves: a simple path from the enclave that the host runs to the server that runs now. */

#include "server.h"

#include "context.h"
#include "memory.h"
#include "owner.h"
#include "regions.h"
#include "relay.h"
#include "shm.h"

typedef struct call_enclave_arg_t call_arg;

int64_t acquire_server(struct enclave *enclave, uint64_t va) {
  char name[NAME_LEN];
  if (!space_read_name(&enclave->space, name, va)) return ENCLAVE_ERROR;
  const struct enclave *server = server_find(name);
  return server ? (int64_t)server->eid : ENCLAVE_ERROR;
}

/* What a call or a return passes on: an mmap region, relay memory, or neither. */
struct passed {
  struct region *region;
  struct relay_slot *relay;
  uint64_t va; /* where it will be */
};

static bool overlaps(uint64_t arg, uint64_t va, uint64_t size) {
  return ranges_overlap(arg, sizeof(call_arg), va, size);
}

/* Finds what the caller passes and where it goes; false where it is not the caller's or does not fit. */
static bool find_passed(struct passed *passed, struct enclave *from, struct enclave *to, const call_arg *arg,
                        uint64_t arg_va, uint64_t tables) {
  *passed = (struct passed){0};
  uint64_t va = arg->req_vaddr, size = arg->req_size;
  if (va == 0) return true;
  if (!page_aligned(va) || !page_aligned(size) || size == 0) return false;
  if (va == ENCLAVE_DEFAULT_MM_ARG_BASE) {
    struct relay_slot *slot = relay_first(from);
    if (slot == 0 || size > slot->bytes || overlaps(arg_va, slot->va, slot->bytes)) return false;
    if (!relay_can_move(slot, to, tables)) return false;
    passed->relay = slot;
    passed->va = va;
    return true;
  }
  struct region *region = region_find(from, va, size);
  if (region == 0 || overlaps(arg_va, region->va, region_mapped(region))) return false;
  passed->region = region;
  passed->va = region_place(to, region->va, region_mapped(region), tables);
  return passed->va != 0;
}

static void move_region(struct enclave *from, struct region *region, struct enclave *to, uint64_t va, uint32_t owed) {
  struct region moved = region_remove(from, region);
  owner_set(moved.pa, moved.bytes, OWNER_ENCLAVE, to->slot);
  region_add(to, REGION_MMAP, va, moved.pa, moved.bytes)->owed = owed;
}

/* The page for messages of the enclave that the host runs, for as long as the call lasts. */
static void lend_kbuffer(struct enclave *server, const struct enclave *top) {
  server->kbuffer = top->kbuffer;
  server->kbuffer_bytes = top->kbuffer_bytes;
  space_map(&server->space, ENCLAVE_DEFAULT_KBUFFER, top->kbuffer, top->kbuffer_bytes);
}

void call_server(struct frame *frame, uint64_t eid, uint64_t arg_va) {
  struct enclave *caller = running(), *top = chain_top(caller), *server = enclave_find(eid);
  struct passed passed;
  call_arg arg;
  frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
  if (server == 0 || server->type != SERVER_ENCLAVE) return;
  if (server->caller || server->state != ENCLAVE_RUNNABLE) {
    frame->x[A0] = (uint64_t)-ESERVERBUSY;
    return;
  }
  if (!space_writable(&caller->space, arg_va, sizeof arg)) return;
  space_read(&caller->space, &arg, arg_va, sizeof arg);
  uint64_t tables = space_tables_missing(&server->space, ENCLAVE_DEFAULT_KBUFFER, top->kbuffer_bytes);
  if (tables > space_pages_left(&server->space)) return;
  if (!find_passed(&passed, caller, server, &arg, arg_va, tables)) return;

  if (passed.region) move_region(caller, passed.region, server, passed.va, passed.region->owed + 1);
  if (passed.relay) relay_move(caller, passed.relay, server, passed.relay->owed + 1);
  lend_kbuffer(server, top);
  server->caller = caller;
  server->call_arg = arg_va;
  server->passed_va = arg.req_vaddr;
  server->passed_size = arg.req_size;
  caller->callee = server;
  caller->state = ENCLAVE_RUNNABLE;
  frame->x[A0] = 0;

  start_frame(server);
  uint64_t *x = server->frame.x;
  x[A0] = arg.req_arg;
  x[A1] = passed.va;
  x[A2] = arg.req_size;
  x[A3] = server->shm_bytes ? ENCLAVE_DEFAULT_SHM_BASE : 0;
  x[A4] = server->shm_bytes;
  switch_enclave(frame, server);
}

/* The server may also give something of its own in place of what it was passed. */
static uint32_t less_one(uint32_t owed) { return owed ? owed - 1 : 0; }

/* Gives the caller back what it passed; where it finds it, or 0 if the server keeps it. */
static uint64_t return_passed(struct enclave *server, struct enclave *caller, const call_arg *arg) {
  uint64_t wanted = server->passed_va;
  if (wanted == 0 || arg->req_vaddr == 0 || !page_aligned(arg->req_vaddr)) return 0;
  if (!page_aligned(arg->req_size) || arg->req_size < server->passed_size) return 0;
  if (wanted == ENCLAVE_DEFAULT_MM_ARG_BASE) {
    struct relay_slot *slot = relay_first(server);
    if (slot == 0 || arg->req_size > slot->bytes || !relay_can_move(slot, caller, 0)) return 0;
    relay_move(server, slot, caller, less_one(slot->owed));
    return wanted;
  }
  struct region *region = region_find(server, arg->req_vaddr, arg->req_size);
  uint64_t va = region ? region_place(caller, wanted, region_mapped(region), 0) : 0;
  if (va != 0) move_region(server, region, caller, va, less_one(region->owed));
  return va;
}

static uint64_t return_response(struct enclave *server, struct enclave *caller, const call_arg *arg) {
  if (arg->resp_vaddr == 0 || !page_aligned(arg->resp_vaddr) || !page_aligned(arg->resp_size)) return 0;
  struct region *region = region_find(server, arg->resp_vaddr, arg->resp_size);
  uint64_t va = region ? region_place(caller, 0, region_mapped(region), 0) : 0;
  if (va != 0) move_region(server, region, caller, va, 0);
  return va;
}

void return_from_server(struct frame *frame, uint64_t arg_va) {
  struct enclave *server = running(), *caller = server->caller;
  call_arg arg, answer;
  if (caller == 0 || !space_read(&server->space, &arg, arg_va, sizeof arg)) {
    frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
    return;
  }
  uint64_t answer_va = server->call_arg;
  space_read(&caller->space, &answer, answer_va, sizeof answer);
  answer.req_vaddr = return_passed(server, caller, &arg);
  answer.resp_vaddr = return_response(server, caller, &arg);
  answer.resp_size = answer.resp_vaddr ? arg.resp_size : 0;
  answer.resp_val = arg.resp_val;
  space_write(&caller->space, answer_va, &answer, sizeof answer);
  caller->callee = 0;
  switch_enclave(frame, caller);
  end_call(server);
}

void drop_passed_memory(struct enclave *server) {
  for (uint64_t index = server->region_count; index-- > 0;) {
    if (server->regions[index].owed == 0) continue;
    struct region removed = region_remove(server, &server->regions[index]);
    give_back(removed.pa, removed.bytes, removed.pa + removed.bytes, 0);
  }
  for (int index = 0; index < RELAY_PAGE_NUM; index++)
    if (server->relay[index].owed != 0) relay_give_back(server, &server->relay[index]);
}

/* What a server has after a return is its own. */
static void keep_all(struct enclave *server) {
  for (uint64_t index = 0; index < server->region_count; index++) server->regions[index].owed = 0;
  for (int index = 0; index < RELAY_PAGE_NUM; index++) server->relay[index].owed = 0;
}

void end_call(struct enclave *server) {
  space_unmap(&server->space, ENCLAVE_DEFAULT_KBUFFER, server->kbuffer_bytes);
  server->kbuffer = server->kbuffer_bytes = 0;
  keep_all(server);
  shm_cancel(server);
  server->caller = server->callee = 0;
  server->call_arg = server->passed_va = server->passed_size = 0;
  server->ocall = (struct ocall){0};
  memset(&server->frame, 0, sizeof server->frame);
  server->state = ENCLAVE_RUNNABLE;
  flush_translations();
}
