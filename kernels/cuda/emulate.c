/* The emulated GPU's threads. */
#include "kernels/cuda/emulate.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif
#ifdef ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define THREADS 1024
#define LANES 32
#define SIDE 65535 /* blocks of a grid in y and z */
#define SHARED_MOST ((size_t)163 << 10) /* a block's on sm_80 */
#define STACK ((size_t)256 << 10)

enum wait { READY, AT_SYNC, AT_LANES, ENDED };

/*
 * Where a fiber, or the host, goes on.  ucontext's functions ask the kernel
 * each time, and the address sanitizer follows them and longjmp at great cost:
 * a few lines of assembly don't.
 */
#ifdef __x86_64__
struct place {
	void *sp;
};

void emulate_jump(void **from, void *to);

__asm__(".text\n"
    ".hidden emulate_jump\n"
    ".globl emulate_jump\n"
    "emulate_jump:\n"
    "	push %rbp\n	push %rbx\n	push %r12\n"
    "	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp, (%rdi)\n"
    "	mov %rsi, %rsp\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n"
    "	pop %r12\n	pop %rbx\n	pop %rbp\n"
    "	ret\n");

static void
go(struct place *from, struct place *to)
{
	emulate_jump(&from->sp, to->sp);
}

/* As if main had called emulate_jump: six registers, then its return. */
static void
place_new(struct place *p, char *stack, size_t size, void (*main)(void))
{
	void **top = (void **)(void *)(stack + size);

	memset(top - 8, 0, 8 * sizeof(*top));
	memcpy(top - 2, &main, sizeof(main));
	p->sp = top - 8;
}
#else
#include <ucontext.h>

struct place {
	ucontext_t context;
};

static void
go(struct place *from, struct place *to)
{
	swapcontext(&from->context, &to->context);
}

static void
place_new(struct place *p, char *stack, size_t size, void (*main)(void))
{
	getcontext(&p->context);
	p->context.uc_stack.ss_sp = stack;
	p->context.uc_stack.ss_size = size;
	p->context.uc_link = NULL;
	makecontext(&p->context, main, 0);
}
#endif

struct fiber {
	struct place place;
	char *stack;
	void *fake; /* the sanitizer's */
	enum wait wait;
	const char *file;
	int line;
	unsigned exchanges;
};

struct emulate emulate;

/* The one GPU. */
static struct {
	struct fiber fibers[THREADS];
	struct place host;
	void *fake;
	const void *bottom; /* of the host's stack */
	size_t size;
	void (*thread)(const void *);
	const void *args;
	unsigned now;
	struct emulate_shown shown[2][THREADS];
} gpu;

static void
die(const struct fiber *f, const char *what)
{
	fprintf(stderr, "emulated GPU: thread %u of block %u,%u,%u: %s, "
	    "%s:%d\n", (unsigned)(f - gpu.fibers), emulate.block.x,
	    emulate.block.y, emulate.block.z, what,
	    f->file != NULL ? f->file : "?", f->line);
	abort();
}

static void
to_host(struct fiber *f)
{
#ifdef ASAN
	__sanitizer_start_switch_fiber(&f->fake, gpu.bottom, gpu.size);
#endif
	go(&f->place, &gpu.host);
#ifdef ASAN
	__sanitizer_finish_switch_fiber(f->fake, &gpu.bottom, &gpu.size);
#endif
}

/* A fiber runs one thread after another. */
static void
fiber_main(void)
{
#ifdef ASAN
	__sanitizer_finish_switch_fiber(NULL, &gpu.bottom, &gpu.size);
#endif
	for (;;) {
		struct fiber *f = &gpu.fibers[gpu.now];

		gpu.thread(gpu.args);
		f->wait = ENDED;
		to_host(f);
	}
}

static void
fiber_new(struct fiber *f)
{
	f->stack = malloc(STACK);
	if (f->stack == NULL)
		abort();
	place_new(&f->place, f->stack, STACK, fiber_main);
}

static void
fiber_run(unsigned i)
{
	struct fiber *f = &gpu.fibers[i];

	gpu.now = i;
	emulate.thread.x = i;
	if (f->stack == NULL)
		fiber_new(f);
#ifdef ASAN
	__sanitizer_start_switch_fiber(&gpu.fake, f->stack, STACK);
#endif
	go(&gpu.host, &f->place);
#ifdef ASAN
	__sanitizer_finish_switch_fiber(gpu.fake, NULL, NULL);
#endif
}

/* Fibers from … to-1 go on if they all wait for the same thing; 1 if so. */
static int
release(unsigned from, unsigned to, enum wait wait)
{
	const struct fiber *first = &gpu.fibers[from];

	for (unsigned i = from; i < to; i++)
		if (gpu.fibers[i].wait != wait ||
		    gpu.fibers[i].line != first->line ||
		    gpu.fibers[i].exchanges != first->exchanges)
			return 0;
	for (unsigned i = from; i < to; i++)
		gpu.fibers[i].wait = READY;
	return 1;
}

static int
release_any(unsigned threads)
{
	int any = 0;

	for (unsigned i = 0; i < threads; i += LANES)
		any |= release(i, i + LANES, AT_LANES);
	if (any)
		return 1;
	for (unsigned i = 0; i < threads; i++) /* warps may differ in these */
		if (gpu.fibers[i].wait != AT_LANES)
			gpu.fibers[i].exchanges = 0;
	return release(0, threads, AT_SYNC);
}

static void
run_block(unsigned threads, int falling)
{
	for (unsigned i = 0; i < threads; i++) {
		gpu.fibers[i].wait = READY;
		gpu.fibers[i].exchanges = 0;
	}
	do
		for (unsigned i = 0; i < threads; i++) {
			unsigned j = falling ? threads - 1 - i : i;

			if (gpu.fibers[j].wait == READY)
				fiber_run(j);
		}
	while (release_any(threads));
	for (unsigned i = 0; i < threads; i++)
		if (gpu.fibers[i].wait != ENDED)
			die(&gpu.fibers[i], "it waits and others don't come");
}

void
emulate_run(const struct emulate_grid *g, const void *args)
{
	struct emulate_index b = {0, 0, 0};

	if (g->threads == 0 || g->threads % LANES != 0 ||
	    g->threads > THREADS || g->blocks.y > SIDE || g->blocks.z > SIDE ||
	    g->shared > SHARED_MOST) {
		fprintf(stderr, "emulated GPU: no grid of %u, %u, %u blocks "
		    "of %u threads and %zu bytes\n", g->blocks.x, g->blocks.y,
		    g->blocks.z, g->threads, g->shared);
		abort();
	}
	gpu.thread = g->thread;
	gpu.args = args;
	emulate.threads = (struct emulate_index){g->threads, 1, 1};
	emulate.blocks = g->blocks;
	emulate.shared = malloc(g->shared > 0 ? g->shared : 1);
	if (emulate.shared == NULL)
		abort();
	emulate_open(1);
	for (b.z = 0; b.z < g->blocks.z; b.z++)
		for (b.y = 0; b.y < g->blocks.y; b.y++)
			for (b.x = 0; b.x < g->blocks.x; b.x++) {
				emulate.block = b;
				memset(emulate.shared, 0xFF, g->shared);
				run_block(g->threads, (int)((b.x + b.y) % 2));
			}
	emulate_open(0);
	free(emulate.shared);
}

static void
wait_for(enum wait wait, const char *file, int line)
{
	struct fiber *f = &gpu.fibers[gpu.now];

	f->wait = wait;
	f->file = file;
	f->line = line;
	to_host(f);
}

void
emulate_sync(const char *file, int line)
{
	wait_for(AT_SYNC, file, line);
}

/* Two rows of them: a lane may be one exchange ahead of another. */
const struct emulate_shown *
emulate_show(const struct emulate_shown *mine, const char *file, int line)
{
	unsigned me = gpu.now, row = gpu.fibers[me].exchanges++ % 2;

	gpu.shown[row][me] = *mine;
	wait_for(AT_LANES, file, line);
	return &gpu.shown[row][me / LANES * LANES];
}

double
emulate_lane_xor(double x, int mask, const char *file, int line)
{
	struct emulate_shown mine = {.x = x};
	unsigned lane = gpu.now % LANES;

	return emulate_show(&mine, file, line)[lane ^ (unsigned)mask].x;
}
