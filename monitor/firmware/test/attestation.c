void test_attestation(void); void test_attestation(void) {}
