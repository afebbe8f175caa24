# Planted bugs: the firmware with one patch each, in images of their own. Included by the Makefile beside it.

FAULTS = ../testbench/faults/monitor
FAULT_PATCHES = $(sort $(wildcard $(FAULTS)/*.patch))
FAULT_IMAGES = $(FAULT_PATCHES:$(FAULTS)/%.patch=$(FAULTS)/images/%.elf)
FAULT_OUT = $(BUILD)/faults/$*

.PHONY: faults
faults: $(FAULTS)/images/SHA256SUMS

# Sources that the patch changes are compiled again; all else is the firmware's own. Nothing is left out or guessed when a
# patch does not fit any more.
$(FAULTS)/images/%.elf: $(FAULTS)/%.patch $(FIRMWARE_OBJECTS) firmware/firmware.ld faults.mk
	@rm -rf $(FAULT_OUT)
	@mkdir -p $(FAULT_OUT) $(@D)
	@cp firmware/*.[ch] $(FAULT_OUT)
	patch --silent --fuzz=0 --strip=1 --directory=$(FAULT_OUT) < $<
	@set -e; objects='$(FIRMWARE_OBJECTS)'; \
	for file in $$(sed -n 's,^+++ b/,,p' $<); do \
	  $(CC) $(CFLAGS) -c $(FAULT_OUT)/$$file -o $(FAULT_OUT)/$$file.o; \
	  objects=$$(echo "$$objects" | sed "s, $(BUILD)/firmware/$$file.o, $(FAULT_OUT)/$$file.o,"); \
	done; \
	$(CC) $(CFLAGS) $(LDFLAGS) -T firmware/firmware.ld $$objects -o $@
	$(OBJCOPY) --strip-all --keep-symbol=tohost --keep-symbol=fromhost $@

# What they were built from; a test compares the sources with these sums.
$(FAULTS)/images/SHA256SUMS: $(FAULT_IMAGES) $(FAULT_PATCHES) $(FIRMWARE_SOURCES) $(FIRMWARE_HEADERS) Makefile
	@LC_ALL=C sha256sum faults.mk firmware/*.[chS] firmware/firmware.ld sdk/include/*.h $(FAULT_PATCHES) $(FAULT_IMAGES) > $@
