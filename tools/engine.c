/* Opening the device that --device, --dtype and --threads ask for. */
#include "tools/engine.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* About 50 microseconds: longer than between two operations, then sleep. */
#define SPINS "2000"

const char *const engine_dtypes[] = {"auto", "f32", "bf16", NULL};

void
engine_wait_briefly(char **argv)
{
	char path[PATH_MAX];
	ssize_t n;

	if (getenv("GOMP_SPINCOUNT") != NULL ||
	    getenv("OMP_WAIT_POLICY") != NULL ||
	    setenv("GOMP_SPINCOUNT", SPINS, 1) != 0)
		return;
	/* By the link itself, ps(1) would call the program "exe". */
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	execv(path, argv);
	/* Where that is not possible we go on as we are. */
}

/* The number behind "cuda", 0 without one; -1: it is another device. */
static int
cuda_number(const char *device)
{
	char *end;
	long n;

	if (strncmp(device, "cuda", 4) != 0)
		return -1;
	if (device[4] == '\0')
		return 0;
	if (device[4] != ':' || !isdigit((unsigned char)device[5]))
		return -1;
	n = strtol(device + 5, &end, 10);
	return *end == '\0' && n <= INT_MAX ? (int)n : -1;
}

static struct kernels *
open_cuda(const char *device, struct error *err)
{
	char why[512];
	struct kernels *k = kernels_cuda(cuda_number(device), why,
	    sizeof(why));

	if (k == NULL)
		error_set(err, STATUS_UNAVAILABLE, "--device %s: %s", device,
		    why);
	return k;
}

/* kernels.h, exhausted: where we are, an error has no way to main. */
static void
exhausted(size_t bytes)
{
	fprintf(stderr, "%s: no memory for %zu bytes that an operation works "
	    "with\n", program_invocation_short_name, bytes);
	_exit(STATUS_TEMPFAIL);
}

static struct kernels *
open_cpu(size_t threads, struct error *err)
{
	struct kernels *k = kernels_cpu((int)threads);

	if (k == NULL)
		error_set(err, STATUS_UNAVAILABLE, "the CPU backend can't run "
		    "here: no memory, or EMPG_ISA names instructions that "
		    "this machine has not");
	return k;
}

struct kernels *
engine_open(const struct engine *e, struct error *err)
{
	const char *device = e->device != NULL ? e->device : "cpu";
	struct kernels *k;

	if (cuda_number(device) < 0 && strcmp(device, "cpu") != 0) {
		error_set(err, STATUS_USAGE,
		    "--device %s: expected cpu or cuda[:N]", device);
		return NULL;
	}
	k = cuda_number(device) < 0 ? open_cpu(e->threads, err) :
	    open_cuda(device, err);
	if (k != NULL)
		k->exhausted = exhausted;
	return k;
}

enum dtype
engine_type(const struct engine *e, const struct config *c)
{
	if (e->dtype == 0)
		return c->bf16 ? DTYPE_BF16 : DTYPE_F32;
	return e->dtype == 1 ? DTYPE_F32 : DTYPE_BF16;
}
