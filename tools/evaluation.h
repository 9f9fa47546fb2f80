#ifndef TOOLS_EVALUATION_H
#define TOOLS_EVALUATION_H

#include <jansson.h>

#include "lib/io/tool.h"
#include "lib/rl/eval.h"

/* What empg-eval is to make of trajectories. */
struct evaluation {
	const char *by;         /* a field to tell them apart by, or NULL */
	int table;              /* print one */
	const char *behaviours; /* a file; NULL: those built in */
	size_t examples;        /* passages of each behaviour */
	struct eval_options options;
};

/*
 * evaluation_run(t, set, object, err):
 * Evaluate the records that ${t} reads and put what they are into ${object};
 * the table, if it is wanted, goes to standard output.  0, or -1.
 */
int evaluation_run(struct tool *t, const struct evaluation *set,
    json_t *object, struct error *err);

#endif
