void test_servers(void); void test_servers(void) {}
