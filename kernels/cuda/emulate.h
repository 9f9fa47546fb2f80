#ifndef KERNELS_CUDA_EMULATE_H
#define KERNELS_CUDA_EMULATE_H

/*
 * A GPU for tests: blocks run one after another, a block's threads as fibers
 * that take turns at SYNC and lane_xor, in rising and falling order by turns.
 * A block whose threads part at SYNC, or leave while others wait, aborts the
 * program with the lines.  Shared memory begins as NaNs.  Device memory can be
 * touched by kernels only, and not beyond the end of an allocation; a kernel
 * whose arguments point at memory of the host aborts the program, but for
 * alloc_host's (where EMULATE_CHECKS).
 */
#include <stddef.h>
#include <string.h>

#include "kernels/kernels.h"

struct emulate_index {
	unsigned x, y, z;
};

/* What a thread sees. */
struct emulate {
	struct emulate_index thread, block, threads, blocks;
	float *shared;
};

extern struct emulate emulate;

#define threadIdx emulate.thread
#define blockIdx emulate.block
#define blockDim emulate.threads
#define gridDim emulate.blocks

#define DEVICE static inline __attribute__((unused))
#define KERNEL(name, type) \
	static void name(const struct type a); \
	static void name##_thread(const void *p) \
	{ \
		struct type a; \
		memcpy(&a, p, sizeof(a)); \
		name(a); \
	} \
	static void name(const struct type a)
#define SHARED static

/*
 * Padding between arguments may have anything, which looks like addresses: they
 * are looked at where the compiler can clear it.
 */
#ifdef __has_builtin
#if __has_builtin(__builtin_clear_padding)
#define EMULATE_CHECKS 1
#define EMULATE_CHECK(name, args) do { \
	__builtin_clear_padding(&(args)); \
	emulate_check(name, &(args), sizeof(args)); \
} while (0)
#endif
#endif
#ifndef EMULATE_CHECKS
#define EMULATE_CHECKS 0
#define EMULATE_CHECK(name, args) (void)0
#endif

#define SYNC() emulate_sync(__FILE__, __LINE__)
#define DYNAMIC(v) float *v = emulate.shared
#define LAUNCH(k, name, args, x, y, z, n, bytes) do { \
	(void)(k); \
	EMULATE_CHECK(#name, args); \
	emulate_launch(&(struct emulate_grid){name##_thread, \
	    {(unsigned)(x), (unsigned)(y), (unsigned)(z)}, n, bytes}, \
	    &(args), sizeof(args)); \
} while (0)
#define lane_xor(x, mask) \
	((float)emulate_lane_xor(x, mask, __FILE__, __LINE__))
#define lane_xor_double(x, mask) \
	emulate_lane_xor(x, mask, __FILE__, __LINE__)

/* Blocks of so many threads, with bytes of shared memory. */
struct emulate_grid {
	void (*thread)(const void *);
	struct emulate_index blocks;
	unsigned threads;
	size_t shared;
};

/* Run all threads of a grid. */
void emulate_run(const struct emulate_grid *grid, const void *args);

/* The same, or while passes are recorded, remember to. */
void emulate_launch(const struct emulate_grid *grid, const void *args,
    size_t bytes);

/* Whether they are, so that nothing may be copied. */
int emulate_recording(void);

void emulate_sync(const char *file, int line);
double emulate_lane_xor(double x, int mask, const char *file, int line);

/* What a lane shows the others of its warp. */
struct emulate_shown {
	double x;
	const void *p;
	uint32_t words[6];
};

/* All lanes' of the warp, once they are there. */
const struct emulate_shown *emulate_show(const struct emulate_shown *mine,
    const char *file, int line);

/* tensorcore.h's; copies are made where they are waited for, not before. */
void emulate_multiply(float c[4], const uint32_t a[4], const uint32_t b[2],
    const char *file, int line);
void emulate_load(uint32_t out[4], const void *row, int transposed,
    const char *file, int line);
void emulate_copy(void *to, const void *from);
void emulate_copies_end(void);
void emulate_copies_wait(unsigned n);

/* Abort where a kernel's arguments point at memory that is the host's alone. */
void emulate_check(const char *name, const void *args, size_t bytes);

/* Device memory open to the program (1), or closed again (0). */
void emulate_open(int open);

/* The CUDA backend on this GPU; NULL when memory ran out. */
struct kernels *kernels_emulated(void);

#endif
