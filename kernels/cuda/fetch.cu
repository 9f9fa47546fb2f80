/* Memory of the host that comes and goes beside the work. */
#include "kernels/cuda/cuda.h"

#include "kernels/cuda/device.h"

/* What was sent before is there, and out was read by it. */
void
cuda_fetch(struct kernels *k, void *out, const void *host, size_t bytes)
{
	runtime_follow(k, RUNTIME_UP, RUNTIME_DOWN);
	runtime_copy_beside(k, RUNTIME_UP, out, host, bytes);
}

void
cuda_fetched(struct kernels *k)
{
	runtime_follow(k, RUNTIME_WORK, RUNTIME_UP);
}

void
cuda_send(struct kernels *k, void *host, const void *in, size_t bytes)
{
	runtime_follow(k, RUNTIME_DOWN, RUNTIME_WORK);
	runtime_copy_beside(k, RUNTIME_DOWN, host, in, bytes);
}

void
cuda_sent(struct kernels *k)
{
	runtime_follow(k, RUNTIME_WORK, RUNTIME_DOWN);
	runtime_wait(k);
}
