/* Memory from blocks, freed at once, and a budget of operations. */
#include "lib/score/mathwork.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 65536
#define LIMIT (64u << 20) /* no comparison within the budget needs more */

struct mathwork_block {
	struct mathwork_block *next;
	_Alignas(16) char data[];
};

struct mathwork_number {
	struct mathwork_number *next;
	fmpq value;
};

void
mathwork_init(struct mathwork *w)
{
	w->failure = MATHWORK_FINE;
	w->budget = MATHWORK_BUDGET;
	w->numbers = NULL;
	w->blocks = NULL;
	w->used = 0;
}

void
mathwork_clear(struct mathwork *w)
{
	struct mathwork_block *block;
	struct mathwork_number *n;

	for (n = w->numbers; n != NULL; n = n->next)
		fmpq_clear(&n->value);
	while ((block = w->blocks) != NULL) {
		w->blocks = block->next;
		free(block);
	}
	mathwork_init(w);
}

int
mathwork_fail(struct mathwork *w, enum mathwork_failure f)
{
	if (w->failure == MATHWORK_FINE)
		w->failure = f;
	return -1;
}

int
mathwork_spend(struct mathwork *w, size_t n)
{
	if (w->budget < 0 || n > (size_t)w->budget) {
		w->budget = -1;
		return mathwork_fail(w, MATHWORK_OVER);
	}
	w->budget -= (long)n;
	return 0;
}

/* A new block; what is too large for the usual size gets one of its own. */
static void *
new_block(struct mathwork *w, size_t size)
{
	size_t room = size > BLOCK ? size : BLOCK;
	struct mathwork_block *block;

	if (size > LIMIT) {
		mathwork_fail(w, MATHWORK_OVER);
		return NULL;
	}
	block = malloc(sizeof(*block) + room);
	if (block == NULL) {
		mathwork_fail(w, MATHWORK_MEMORY);
		return NULL;
	}
	block->next = w->blocks;
	w->blocks = block;
	w->used = room > BLOCK ? BLOCK : size;
	return block->data;
}

void *
mathwork_alloc(struct mathwork *w, size_t size)
{
	size_t room = w->blocks == NULL ? sizeof(w->first) : BLOCK;
	char *data = w->blocks == NULL ? w->first : w->blocks->data, *p;

	size = (size + 15) / 16 * 16;
	if (mathwork_spend(w, 1 + size / 64) != 0)
		return NULL;
	if (size <= room - w->used) {
		p = data + w->used;
		w->used += size;
	} else if ((p = new_block(w, size)) == NULL) {
		return NULL;
	}
	return memset(p, 0, size);
}

fmpq *
mathwork_number(struct mathwork *w)
{
	struct mathwork_number *n = mathwork_alloc(w, sizeof(*n));

	if (n == NULL)
		return NULL;
	fmpq_init(&n->value);
	n->next = w->numbers;
	w->numbers = n;
	return &n->value;
}
