#ifndef MODEL_MICROBATCH_H
#define MODEL_MICROBATCH_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

/* A prompt and its response, as tokens; both have at least one. */
struct sequence {
	const int32_t *tokens; /* (length), host */
	size_t length;
	size_t prompt;         /* the first `prompt` tokens are given */
	float temperature;
	const void *normed;    /* (length − prompt, C') host: pass_reserve's */
};                             /* reference's rows of the response */

/* How much at most: what the arrays and the workspace are sized by. */
struct microbatch_room {
	size_t positions; /* tokens of the longest sequence */
	size_t given;     /* sequences given at once */
	size_t rows;      /* of a micro-batch, one sequence's at least */
	size_t sequences; /* of struct batch, 2 at least */
	size_t pages;     /* pages_for(rows) + 2 · sequences are enough */
};

struct microbatch_entry {
	const struct sequence *sequence;
	const struct sequence *group; /* the first that has its prompt */
};

/*
 * Sequences cut into micro-batches without padding.  Those with the same prompt
 * follow one another and share its rows: the prompt is a root, a response a
 * child that goes on behind it (struct batch).  The last token of a sequence
 * predicts nothing and has no row.  Host memory; filled in by its functions.
 */
struct microbatch {
	struct microbatch_room room;
	const struct sequence *list;
	struct microbatch_entry *order; /* (given), grouped */
	size_t count;              /* of them, as given */
	size_t from, to;           /* of the order, in this micro-batch */
	struct batch batch;        /* this micro-batch */
	struct page_copy *copies;  /* to be made in each layer's cache */
	size_t copy_count;
	size_t responses;          /* response tokens */
	uint32_t *index;           /* (responses) rows that predict them */
	int32_t *target;           /* (responses) they */
	uint64_t pairs;            /* of a row and a position it attends to */
	size_t page;               /* pages taken */
	/* batch's arrays. */
	int32_t *tokens;
	uint32_t *start, *first, *pages, *parent;
};

/*
 * microbatch_room(room, list, n, given, tokens):
 * Room for any ${given} of the ${n} sequences of ${list} at once, in
 * micro-batches of up to ${tokens} rows, or one longer sequence's.  0, or -1
 * when memory ran out.
 */
int microbatch_room(struct microbatch_room *room, const struct sequence *list,
    size_t n, size_t given, size_t tokens);

/* 0, or -1 when memory ran out; free with microbatch_free. */
int microbatch_new(struct microbatch *m, const struct microbatch_room *room);
void microbatch_free(struct microbatch *m);

/*
 * microbatch_begin(m, list, n):
 * Take ${n} sequences, which must stay as they are until the last
 * micro-batch.  They are packed in the order of the first of each prompt.
 */
void microbatch_begin(struct microbatch *m, const struct sequence *list,
    size_t n);

/* The next micro-batch; 0 when there is none. */
int microbatch_next(struct microbatch *m);

/* The number in the list of the order's entry ${i}. */
size_t microbatch_number(const struct microbatch *m, size_t i);

#endif
