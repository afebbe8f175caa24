# The host kernel with its RAM file system, the SDK's libraries and the guests. Included by the Makefile beside it.

HOST_CC := riscv64-unknown-elf-gcc
HOST_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -O2 -std=gnu11 -ffreestanding -nostdlib -static \
  -Wall -Wextra -Werror -fno-tree-loop-distribute-patterns -ffunction-sections -fno-asynchronous-unwind-tables \
  -ffile-prefix-map=$(CURDIR)=. -Isdk/include
HOST_LINK := -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -lgcc
HOST_OUT := build/host

# What is in the RAM file system: host programs, and the enclaves that they run.
HOST_PROGRAMS := host fork-host test-caller test-stop test-attest
ENCLAVES := hello-world caller server server1 relay-page mem loop
SDK_FILES := $(HOST_PROGRAMS) $(ENCLAVES)

LIBC := $(wildcard sdk/libc/*.c)
HOST_LIBRARY := $(wildcard sdk/host/*.c sdk/host/*.S)
ENCLAVE_LIBRARY := $(wildcard sdk/enclave/*.c sdk/enclave/*.S)
KERNEL := $(wildcard host-kernel/*.c host-kernel/*.S) sdk/libc/string.c sdk/libc/format.c
HOST_HEADERS := $(wildcard sdk/*/*.h sdk/*/include/*.h sdk/include/*.h host-kernel/*.h guests/*.h)

images/host.elf: $(KERNEL) $(HOST_OUT)/ram_files.S host-kernel/link.ld $(HOST_HEADERS) host.mk
	@mkdir -p images
	@echo $@
	@$(HOST_CC) $(HOST_FLAGS) -Isdk/libc/include -Isdk/host/include -Ihost-kernel -T host-kernel/link.ld \
	  $(KERNEL) $(HOST_OUT)/ram_files.S $(HOST_LINK) -o $@

# Each file on pages of its own, and the table of them.
$(HOST_OUT)/ram_files.S: $(SDK_FILES:%=$(HOST_OUT)/%) host.mk
	@{ echo '.section .ram_files, "a"'; \
	  for file in $(SDK_FILES); do \
	    printf '.balign 4096\n"%s": .incbin "$(HOST_OUT)/%s"\n"%s_end":\n' $$file $$file $$file; done; \
	  echo '.balign 4096'; echo '.section .rodata'; \
	  for file in $(SDK_FILES); do printf '"%s_name": .asciz "%s"\n' $$file $$file; done; \
	  echo '.balign 8'; echo '.globl ram_files'; echo 'ram_files:'; \
	  for file in $(SDK_FILES); do printf '.dword "%s_name", "%s", "%s_end" - "%s"\n' $$file $$file $$file $$file; done; \
	  echo '.dword 0, 0, 0'; } > $@

$(HOST_PROGRAMS:%=$(HOST_OUT)/%): $(HOST_OUT)/%: guests/%.c $(LIBC) $(HOST_LIBRARY) sdk/host/link.ld $(HOST_HEADERS) host.mk
	@mkdir -p $(HOST_OUT)
	@echo $@
	@$(HOST_CC) $(HOST_FLAGS) -Isdk/libc/include -Isdk/host/include -T sdk/host/link.ld \
	  $< $(LIBC) $(HOST_LIBRARY) $(HOST_LINK) -s -o $@

$(ENCLAVES:%=$(HOST_OUT)/%): $(HOST_OUT)/%: guests/%.c $(LIBC) $(ENCLAVE_LIBRARY) sdk/enclave/link.ld $(HOST_HEADERS) host.mk
	@mkdir -p $(HOST_OUT)
	@echo $@
	@$(HOST_CC) $(HOST_FLAGS) -Isdk/libc/include -Isdk/enclave/include -T sdk/enclave/link.ld \
	  $< $(LIBC) $(ENCLAVE_LIBRARY) $(HOST_LINK) -s -o $@
