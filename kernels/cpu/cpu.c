/*
 * The CPU backend: memory, threads and the choice of the instruction set at
 * run time.  The operations are in kernels/cpu/isa.
 */
#include "kernels/cpu/cpu.h"

#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#define ALIGN 64
#define PAGE 4096
#define HUGE_MIN ((size_t)4 << 20)

/* Weights and logits are walked end to end: fewer, larger pages are faster. */
static void
ask_huge(unsigned char *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	if (bytes >= HUGE_MIN)
		(void)madvise(p + (PAGE - (uintptr_t)p % PAGE) % PAGE,
		    (bytes - PAGE) / PAGE * PAGE, MADV_HUGEPAGE);
#else
	(void)p;
	(void)bytes;
#endif
}

/*
 * calloc leaves the pages of a large allocation untouched until they are used;
 * the byte before the aligned address says how far to go back.
 */
static void *
aligned(size_t bytes)
{
	unsigned char *base, *p;

	if (bytes > SIZE_MAX - ALIGN ||
	    (base = calloc(bytes + ALIGN, 1)) == NULL)
		return NULL;
	p = base + ALIGN - (uintptr_t)base % ALIGN;
	p[-1] = (unsigned char)(p - base);
	ask_huge(p, bytes);
	return p;
}

static void
aligned_free(void *p)
{
	unsigned char *c = p;

	if (c != NULL)
		free(c - c[-1]);
}

static void *
cpu_alloc(struct kernels *k, size_t bytes)
{
	(void)k;
	return aligned(bytes);
}

static void
cpu_free(struct kernels *k, void *p)
{
	(void)k;
	aligned_free(p);
}

/* upload, download and copy are one thing here. */
static void
cpu_copy(struct kernels *k, void *out, const void *in, size_t bytes)
{
	(void)k;
	if (bytes > 0)
		memmove(out, in, bytes);
}

/* There when it began. */
static void
cpu_done(struct kernels *k)
{
	(void)k;
}

static void
cpu_fetch(struct kernels *k, void *out, const void *host, size_t bytes)
{
	(void)k;
	if (host != NULL)
		memcpy(out, host, bytes);
	else
		memset(out, 0, bytes);
}

static int
cpu_replay(struct kernels *k, uint64_t key)
{
	(void)k;
	(void)key;
	return 0;
}

static void
cpu_pick_tokens(struct kernels *k, int32_t *tokens, const int32_t *drawn,
    const uint32_t *from, size_t T)
{
	(void)k;
	for (size_t t = 0; t < T; t++)
		if (from[t] != UINT32_MAX)
			tokens[t] = drawn[from[t]];
}

static void
cpu_zero(struct kernels *k, void *out, size_t bytes)
{
	(void)k;
	if (bytes > 0)
		memset(out, 0, bytes);
}

/* An operation can't go on. */
static void
no_memory(struct kernels *k, size_t bytes)
{
	if (k->exhausted != NULL)
		k->exhausted(bytes);
	abort();
}

/* One-threaded tables of the same operations, each with its own scratch. */
static int
workers_reach(struct cpu *cpu, size_t n)
{
	struct cpu *w = realloc(cpu->workers, n * sizeof(*w));

	if (w == NULL)
		return -1;
	cpu->workers = w;
	for (; cpu->worker_count < n; cpu->worker_count++) {
		w[cpu->worker_count] = (struct cpu){.k = cpu->k};
		w[cpu->worker_count].k.threads = 1;
		w[cpu->worker_count].k.each = NULL;
	}
	return 0;
}

static void
cpu_each(struct kernels *k, size_t n,
    void (*run)(void *arg, size_t i, struct kernels *worker), void *arg)
{
	struct cpu *cpu = (struct cpu *)k;

	if (cpu->worker_count < n && workers_reach(cpu, n))
		no_memory(k, n * sizeof(*cpu));
#pragma omp parallel for schedule(static, 1) num_threads((int)n)
	for (size_t i = 0; i < n; i++)
		run(arg, i, &cpu->workers[i].k);
}

static void
cpu_close(struct kernels *k)
{
	struct cpu *cpu = (struct cpu *)k;

	if (cpu == NULL)
		return;
	for (size_t i = 0; i < cpu->worker_count; i++)
		aligned_free(cpu->workers[i].scratch);
	free(cpu->workers);
	aligned_free(cpu->scratch);
	free(cpu);
}

void *
cpu_scratch(struct kernels *k, size_t bytes)
{
	struct cpu *cpu = (struct cpu *)k;

	if (cpu->scratch == NULL || bytes > cpu->scratch_bytes) {
		aligned_free(cpu->scratch);
		cpu->scratch = aligned(bytes);
		if (cpu->scratch == NULL)
			no_memory(k, bytes);
		cpu->scratch_bytes = bytes;
	}
	return cpu->scratch;
}

#ifdef __x86_64__
/* clang's __builtin_cpu_supports doesn't know f16c. */
static int
has_f16c(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}

static int
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("fma") && has_f16c();
}

static int
has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512bf16");
}
#endif

/* Best first; with `want` only that one. */
static int
choose(struct kernels *k, const char *want)
{
#ifdef __x86_64__
	if ((want == NULL || strcmp(want, "avx512") == 0) && has_avx512()) {
		k->name = "cpu avx512";
		table_avx512(k);
		return 0;
	}
	if ((want == NULL || strcmp(want, "avx2") == 0) && has_avx2()) {
		k->name = "cpu avx2";
		table_avx2(k);
		return 0;
	}
#endif
	if (want != NULL && strcmp(want, "portable") != 0)
		return -1;
	k->name = "cpu portable";
	table_portable(k);
	return 0;
}

struct kernels *
kernels_cpu(int threads)
{
	struct cpu *cpu = calloc(1, sizeof(*cpu));
	struct kernels *k;

	if (cpu == NULL)
		return NULL;
	k = &cpu->k;
	k->threads = threads > 0 ? threads : omp_get_num_procs();
	k->close = cpu_close;
	k->alloc = cpu_alloc;
	k->free = cpu_free;
	k->alloc_host = cpu_alloc;
	k->free_host = cpu_free;
	k->memory_free = cpu_memory_free;
	k->memory_plan = cpu_memory_plan;
	k->upload = cpu_copy;
	k->download = cpu_copy;
	k->download_begin = cpu_copy;
	k->download_end = cpu_done;
	k->fetch = cpu_fetch;
	k->fetched = cpu_done;
	k->send = cpu_copy;
	k->sent = cpu_done;
	k->replay_begin = cpu_replay;
	k->replay_end = cpu_done;
	k->pick_tokens = cpu_pick_tokens;
	k->each = cpu_each;
	k->copy = cpu_copy;
	k->zero = cpu_zero;
	if (choose(k, getenv("EMPG_ISA")) != 0) {
		free(cpu);
		return NULL;
	}
	return k;
}
