/* Opening the device that --device, --dtype and --threads ask for. */
#include "tools/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* About 50 microseconds: longer than between two operations, then sleep. */
#define SPINS "2000"

const char *const engine_dtypes[] = {"auto", "f32", "bf16", NULL};

void
engine_wait_briefly(char **argv)
{
	if (getenv("GOMP_SPINCOUNT") != NULL ||
	    getenv("OMP_WAIT_POLICY") != NULL ||
	    setenv("GOMP_SPINCOUNT", SPINS, 1) != 0)
		return;
	execv("/proc/self/exe", argv);
	/* Where that is not possible we go on as we are. */
}

struct kernels *
engine_open(const struct engine *e, struct error *err)
{
	const char *device = e->device != NULL ? e->device : "cpu";
	struct kernels *k;

	if (strncmp(device, "cuda", 4) == 0 &&
	    (device[4] == '\0' || device[4] == ':')) {
		error_set(err, STATUS_UNAVAILABLE,
		    "--device %s: this build has no CUDA backend", device);
		return NULL;
	}
	if (strcmp(device, "cpu") != 0) {
		error_set(err, STATUS_USAGE,
		    "--device %s: expected cpu or cuda[:N]", device);
		return NULL;
	}
	k = kernels_cpu((int)e->threads);
	if (k == NULL)
		error_set(err, STATUS_UNAVAILABLE, "the CPU backend can't run "
		    "here: no memory, or EMPG_ISA names instructions that "
		    "this machine has not");
	return k;
}

enum dtype
engine_type(const struct engine *e, const struct config *c)
{
	if (e->dtype == 0)
		return c->bf16 ? DTYPE_BF16 : DTYPE_F32;
	return e->dtype == 1 ? DTYPE_F32 : DTYPE_BF16;
}
