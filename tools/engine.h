#ifndef TOOLS_ENGINE_H
#define TOOLS_ENGINE_H

#include <stddef.h>

#include "kernels/kernels.h"
#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/model/config.h"

/* Where and in which type a model computes, as options of every such tool. */
struct engine {
	const char *device; /* "cpu", "cuda:0" */
	int dtype;          /* 0: the checkpoint's */
	size_t threads;     /* 0: all */
};

extern const char *const engine_dtypes[];

#define ENGINE_OPTIONS(e) \
	{.name = "device", .type = OPTION_STRING, .target = &(e)->device, \
	    .arg = "DEVICE", .fallback = "cpu", \
	    .help = "cpu, or cuda[:N] for GPU number N"}, \
	{.name = "dtype", .type = OPTION_CHOICE, .target = &(e)->dtype, \
	    .choices = engine_dtypes, .arg = "TYPE", \
	    .fallback = "the checkpoint's", \
	    .help = "weights and products in f32 or bf16"}, \
	{.name = "threads", .type = OPTION_SIZE, .target = &(e)->threads, \
	    .min = 0, .max = 4096, .arg = "J", .fallback = "all", \
	    .help = "CPU threads"}

/*
 * Call it first in main.  OpenMP's threads spin for milliseconds where they
 * wait for each other, which on a machine with other work to do stops that and
 * ourselves; the library reads its limit before main, so this sets a short one
 * and executes the program again, unless the environment has its own.
 */
void engine_wait_briefly(char **argv);

/* Open the device; NULL with STATUS_USAGE or STATUS_UNAVAILABLE. */
struct kernels *engine_open(const struct engine *e, struct error *err);

/* The compute type for a checkpoint. */
enum dtype engine_type(const struct engine *e, const struct config *c);

#endif
