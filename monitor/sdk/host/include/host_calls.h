/*
 * System calls of the host kernel: number in a7, arguments in a0 to a3, result in a0, negative for an error. The
 * numbers are Linux's for RISC-V where Linux has such a call.
 */
#ifndef HOST_CALLS_H
#define HOST_CALLS_H

/* (fd, request, address of its parameter); the requests of the enclave device are in param.h. */
#define SYS_IOCTL 29
/* (path) -> fd; also of the enclave device. */
#define SYS_OPEN 56
#define SYS_CLOSE 57
/* (fd, bytes, size): the console, whatever fd is. */
#define SYS_WRITE 64
/* (fd) -> bytes of the file. */
#define SYS_FILE_SIZE 80
/* Ends the calling thread. */
#define SYS_THREAD_EXIT 93
/* (code): ends the program; 8 bits. */
#define SYS_EXIT 94
/* (microseconds) */
#define SYS_SLEEP 101
#define SYS_YIELD 124
/* (address, size) */
#define SYS_UNMAP 215
/* (size, fd) -> address of zeroed memory, or of a file read-only where fd is not negative. */
#define SYS_MAP 222
/* (pc, sp, a0, a1) -> thread */
#define SYS_THREAD_CREATE 1000
/* (thread) */
#define SYS_THREAD_JOIN 1001

#endif
