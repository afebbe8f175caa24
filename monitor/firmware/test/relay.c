void test_relay(void); void test_relay(void) {}
