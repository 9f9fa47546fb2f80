#ifndef KERNELS_CPU_CPU_H
#define KERNELS_CPU_CPU_H

#include <stddef.h>

#include "kernels/kernels.h"

/* The CPU backend: what the operations in kernels/cpu/isa share. */
struct cpu {
	struct kernels k; /* first: a struct kernels * is a struct cpu * */
	void *scratch;
	size_t scratch_bytes;
	struct cpu *workers; /* (worker_count) cpu_each's */
	size_t worker_count;
};

/*
 * cpu_scratch(k, bytes):
 * At least ${bytes} of 64-byte aligned memory with any contents, the same
 * memory at every call: valid until the next one.  For one thread at a
 * time.  Never NULL: an operation has no way to report it, so without
 * memory k->exhausted ends the program.
 */
void *cpu_scratch(struct kernels *k, size_t bytes);

/* cpu's memory_free: what Linux says is available, here and to our group. */
size_t cpu_memory_free(struct kernels *k);

/* Half of it: the rest is other programs' and the page cache's. */
size_t cpu_memory_plan(struct kernels *k);

/* Point the table's operations at those of one instruction set. */
void table_portable(struct kernels *k);
#ifdef __x86_64__
void table_avx2(struct kernels *k);
void table_avx512(struct kernels *k);
#endif

#endif
