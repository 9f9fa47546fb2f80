/*
 * Passes that come again and again: when one comes for the third time in a row
 * it is recorded, and from then on given to the device as a whole.
 */
#include "kernels/cuda/cuda.h"

#include <stdlib.h>

#include "kernels/cuda/device.h"

#define OFTEN 3

struct replay {
	uint64_t key;
	unsigned times;
	void *recorded; /* NULL: not yet */
	struct replay *next;
};

static struct replay *
find(struct cuda *c, uint64_t key)
{
	struct replay *r = c->replays;

	while (r != NULL && r->key != key)
		r = r->next;
	if (r != NULL)
		return r;
	r = (struct replay *)calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->key = key;
	r->next = c->replays;
	c->replays = r;
	return r;
}

int
cuda_replay_begin(struct kernels *k, uint64_t key)
{
	struct cuda *c = (struct cuda *)k;
	struct replay *r = find(c, key);

	if (r == NULL)
		return 0;
	if (r->recorded != NULL) {
		runtime_replay(k, r->recorded);
		return 1;
	}
	r->times = c->replayed == r ? r->times + 1 : 1;
	c->replayed = r;
	if (r->times == OFTEN) {
		c->recording = r;
		runtime_record_begin(k);
	}
	return 0;
}

void
cuda_replay_end(struct kernels *k)
{
	struct cuda *c = (struct cuda *)k;
	struct replay *r = c->recording;

	if (r == NULL)
		return;
	c->recording = NULL;
	r->recorded = runtime_record_end(k);
	runtime_replay(k, r->recorded);
}

void
cuda_forget(struct kernels *k)
{
	struct cuda *c = (struct cuda *)k;

	if (c->replays != NULL)
		runtime_wait(k);
	while (c->replays != NULL) {
		struct replay *next = c->replays->next;

		runtime_forget(c->replays->recorded);
		free(c->replays);
		c->replays = next;
	}
	c->replayed = NULL;
}
