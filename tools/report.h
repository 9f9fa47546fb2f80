#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "lib/rl/eval.h"

/* An evaluation as empg-eval(1) writes it. */

/*
 * report_add(object, r, o, b, err):
 * Add the fields of ${r}, evaluated with ${o} and the behaviours ${b}, to
 * ${object}; what is undefined is null.  0 or -1.
 */
int report_add(json_t *object, const struct eval_result *r,
    const struct eval_options *o, const struct behaviour *b,
    struct error *err);

/* One line of a table: a name and its evaluation. */
struct report_row {
	const char *name;
	struct eval_result result;
};

/* Print ${count} rows under a header; the first column is called ${field}. */
void report_table(FILE *to, const char *field, const struct report_row *rows,
    size_t count, const struct eval_options *o, const struct behaviour *b);

#endif
