#ifndef SCORE_MATHWORK_H
#define SCORE_MATHWORK_H

#include <stddef.h>
#include <stdint.h>

#include <flint/fmpq.h>

/*
 * The memory and the budget of one comparison.  The first failure sticks:
 * whoever sees one (a NULL, a -1) gives up, and the outermost caller asks
 * which it was.
 */
enum mathwork_failure {
	MATHWORK_FINE,
	MATHWORK_UNREADABLE, /* not mathematics that we read */
	MATHWORK_OVER,       /* more operations than the budget has */
	MATHWORK_MEMORY
};

/* Operations, of some nanoseconds each; 10 ms or so in the worst case. */
#define MATHWORK_BUDGET 1500000

struct mathwork_block;
struct mathwork_number;

struct mathwork {
	enum mathwork_failure failure;
	long budget;
	struct mathwork_number *numbers;
	struct mathwork_block *blocks;
	size_t used;
	_Alignas(16) char first[16384]; /* enough for most */
};

void mathwork_init(struct mathwork *w);
void mathwork_clear(struct mathwork *w);

/* Record ${f} unless something failed before; -1. */
int mathwork_fail(struct mathwork *w, enum mathwork_failure f);

/* Take ${n} operations off the budget: 0, or -1 when there are none left. */
int mathwork_spend(struct mathwork *w, size_t n);

/* Zeroed memory that lives until mathwork_clear; NULL when there is none. */
void *mathwork_alloc(struct mathwork *w, size_t size);

/* A rational number, 0, that mathwork_clear frees; or NULL. */
fmpq *mathwork_number(struct mathwork *w);

#endif
