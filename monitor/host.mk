# The host kernel with its RAM file system, the SDK's libraries and the guests. Included by the Makefile beside it.

HOST_CC := riscv64-unknown-elf-gcc
HOST_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -O2 -std=gnu11 -ffreestanding -nostdlib \
  -static -Wall -Wextra -Werror -fno-tree-loop-distribute-patterns -ffunction-sections -fno-asynchronous-unwind-tables \
  -ffile-prefix-map=$(CURDIR)=. -Isdk/include -Isdk/libc/include
HOST_LINK := -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -lgcc
HOST_OUT := build/host

# What is in the RAM file system: host programs, and the enclaves that they run.
HOST_PROGRAMS := host fork-host test-caller test-stop test-attest test-services test-relay test-shm test-device bench-fork
ENCLAVES := hello-world caller server server1 slow-server relay-page mem loop services sender receiver shm-owner \
  shm-reader illegal fault nothing
SDK_FILES := $(HOST_PROGRAMS) $(ENCLAVES)

# The objects of each side: sources are compiled once for it, with its headers.
host_objects = $(patsubst %,$(HOST_OUT)/$(1)/%.o,$(basename $(wildcard $(2))))
KERNEL_OBJECTS := $(call host_objects,kernel,host-kernel/*.c host-kernel/*.S sdk/libc/string.c sdk/libc/format.c)
PROGRAM_OBJECTS := $(call host_objects,program,sdk/libc/*.c sdk/host/*.c sdk/host/*.S)
ENCLAVE_OBJECTS := $(call host_objects,enclave,sdk/libc/*.c sdk/enclave/*.c sdk/enclave/*.S)
$(HOST_OUT)/kernel/%: HOST_INCLUDES := -Isdk/host/include -Ihost-kernel
$(HOST_OUT)/program/%: HOST_INCLUDES := -Isdk/host/include
$(HOST_OUT)/enclave/%: HOST_INCLUDES := -Isdk/enclave/include

host: images/host.elf

HOST_HEADERS := $(wildcard sdk/*/*.h sdk/*/include/*.h sdk/include/*.h host-kernel/*.h guests/*.h)

images/host.elf: $(KERNEL_OBJECTS) $(HOST_OUT)/ram_files.o host-kernel/link.ld host.mk
	@mkdir -p images
	$(HOST_CC) $(HOST_FLAGS) -T host-kernel/link.ld $(KERNEL_OBJECTS) $(HOST_OUT)/ram_files.o $(HOST_LINK) -o $@

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

$(HOST_OUT)/ram_files.o: $(HOST_OUT)/ram_files.S
	$(HOST_CC) $(HOST_FLAGS) -c $< -o $@

$(HOST_PROGRAMS:%=$(HOST_OUT)/%): $(HOST_OUT)/%: $(HOST_OUT)/program/guests/%.o $(PROGRAM_OBJECTS) sdk/host/link.ld
	$(HOST_CC) $(HOST_FLAGS) -T sdk/host/link.ld $< $(PROGRAM_OBJECTS) $(HOST_LINK) -s -o $@

$(ENCLAVES:%=$(HOST_OUT)/%): $(HOST_OUT)/%: $(HOST_OUT)/enclave/guests/%.o $(ENCLAVE_OBJECTS) sdk/enclave/link.ld
	$(HOST_CC) $(HOST_FLAGS) -T sdk/enclave/link.ld $< $(ENCLAVE_OBJECTS) $(HOST_LINK) -s -o $@

define host_compile
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_FLAGS) $(HOST_INCLUDES) -c $< -o $@
endef
$(foreach side,kernel program enclave,$(eval \
  $(HOST_OUT)/$(side)/%.o: %.c $(HOST_HEADERS) host.mk ; $$(host_compile)))
$(foreach side,kernel program enclave,$(eval \
  $(HOST_OUT)/$(side)/%.o: %.S $(HOST_HEADERS) host.mk ; $$(host_compile)))

.SECONDARY: $(HOST_PROGRAMS:%=$(HOST_OUT)/program/guests/%.o) $(ENCLAVES:%=$(HOST_OUT)/enclave/guests/%.o)
