#ifndef SCORE_MATHWRITER_H
#define SCORE_MATHWRITER_H

#include "lib/base/buffer.h"
#include "lib/score/mathnode.h"

/* What the files of mathwrite.h share: text that grows in `out`. */
struct mathwriter {
	struct mathwork *w;
	struct buffer *out;
	int failed;
	int angle; /* inside a function: degrees are written */
};

void mathwriter_put(struct mathwriter *p, const char *s);
void mathwriter_span(struct mathwriter *p, struct span s);

/* A node of any kind, and one that is a scalar. */
void mathwriter_node(struct mathwriter *p, const struct mathnode *n);
void mathwriter_scalar(struct mathwriter *p, const struct mathnode *n);

void mathwriter_enclosed(struct mathwriter *p, const char *before,
    const struct mathnode *n, const char *after);

/* The children of ${n}, with ${between} them, sorted where it says so. */
void mathwriter_row(struct mathwriter *p, const struct mathnode *n,
    const char *between, int sorted);

#endif
