/* test-relay SENDER RECEIVER: relay pages go from the host to the sender, and part of them on to the receiver. */
#include "run.h"
#include "tutorial.h"

#define RELAY_SIZE (2 * PAGE)

int main(int argc, char **argv) {
  if (argc < 3) {
    printf("Usage: test-relay SENDER RECEIVER\n");
    return 1;
  }
  int relay_id = PLenclave_schrodinger_get(RELAY_SIZE);
  int *relay = PLenclave_schrodinger_at(relay_id, 0);
  *relay = RELAY_WORD;
  run_enclave(argv[1], &(struct run){.name = "sender", .relay_id = relay_id, .relay_size = RELAY_SIZE});
  run_enclave(argv[2], &(struct run){.name = "receiver", .relay_size = PENGLAI_RELAY_PAGES_BY_NAME});
  PLenclave_schrodinger_dt(relay_id, relay);
  PLenclave_schrodinger_ctl(relay_id);
  return 0;
}
