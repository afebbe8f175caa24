/* As much of POSIX threads as host programs of enclaves use; attributes must be NULL. */
#ifndef PTHREAD_H
#define PTHREAD_H

typedef struct pthread *pthread_t;
typedef struct { int is_locked; } pthread_mutex_t;
typedef void pthread_attr_t;
typedef void pthread_mutexattr_t;

#define PTHREAD_MUTEX_INITIALIZER {0}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int pthread_join(pthread_t thread, void **result);
void pthread_exit(void *result) __attribute__((noreturn));

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);

#endif
