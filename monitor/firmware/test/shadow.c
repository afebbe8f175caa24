void test_shadow(void); void test_shadow(void) {}
