void test_shm(void); void test_shm(void) {}
